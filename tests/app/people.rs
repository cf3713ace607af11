//! Finding people: list, search, filters.
use crate::support::{App, Browser};

async fn admin(app: &App) -> Browser {
    let boss = app.admin("boss@example.com").await;
    app.browser_of(&boss).await
}

/// Rows of the users table, in the order of the page.
fn found(body: &str) -> Vec<String> {
    let rows = body.split("<th scope=\"row\"").skip(1);
    rows.map(|row| row.split("\">").nth(2).unwrap().split('<').next().unwrap().to_owned()).collect()
}

/// People without passwords, which cost no time to make.
async fn people(app: &App, count: usize) {
    for n in 0..count {
        let row = format!("('p{n:03}@example.com', 'p{n:03}', '', '', 0, {n}, {n})");
        app.execute(&format!("INSERT INTO users (email, username, name, name_key, credentials, created_at, updated_at) VALUES {row}"))
            .await;
    }
}

#[tokio::test]
async fn everybody_is_listed_a_page_at_a_time_and_back() {
    let app = App::new().await;
    let mut browser = admin(&app).await;
    people(&app, 120).await;
    let (mut path, mut seen, mut pages) = ("/admin/users?sort=username".to_owned(), Vec::new(), Vec::new());

    loop {
        let page = browser.get(&path).await;
        seen.extend(found(&page.is(200).body));
        pages.push(path);
        match page.link("next") {
            Some(next) => path = next,
            None => break,
        }
    }

    let mut sorted = seen.clone();
    sorted.sort();
    assert_eq!((seen.len(), pages.len(), &seen), (121, 3, &sorted));
    let last = browser.get(pages.last().unwrap()).await;
    let before = browser.get(&last.link("prev").unwrap()).await;
    assert_eq!(found(&before.body), seen[50..100]);
}

#[tokio::test]
async fn the_list_is_sorted_both_ways_by_what_it_may_be_and_by_nothing_else() {
    let app = App::new().await;
    let mut browser = admin(&app).await;
    people(&app, 3).await;
    let order =
        async |browser: &mut Browser, sort: &str| found(&browser.get(&format!("/admin/users?sort={sort}")).await.is(200).body).join(" ");

    assert_eq!(order(&mut browser, "email").await, "boss p000 p001 p002");
    assert_eq!(order(&mut browser, "-username").await, "p002 p001 p000 boss");
    assert_eq!(order(&mut browser, "created").await, "p000 p001 p002 boss");
    for odd in ["password_hash", "-", "email;--", "%27", "%00", "email&sort=username"] {
        assert_eq!(order(&mut browser, odd).await, "boss p002 p001 p000", "{odd}");
    }
}

#[tokio::test]
async fn hostile_queries_are_only_queries() {
    let app = App::new().await;
    let mut browser = admin(&app).await;
    for query in [
        "q=%25",
        "q=_",
        "q=%5C",
        "q=%00",
        "q=%27+OR+1%3D1--",
        "q=%F0%9F%92%A9",
        "after=x",
        "after=1.%00",
        "before=-1.x",
        "after=99999999999999999999.a",
        "role=%27",
        "status=x",
        "q[]=1",
        "page=-1",
        "per_page=1e9",
    ] {
        browser.get(&format!("/admin/users?{query}")).await.is(200).hides("SQL");
    }
}

#[tokio::test]
async fn a_search_finds_by_the_beginning_of_any_name_each_person_once() {
    let app = App::new().await;
    let mut browser = admin(&app).await;
    for (name, email) in [("Grace Hopper", "amazing@example.com"), ("Ámbar", "second@example.com"), ("", "amber@example.com")] {
        let person = app.user(email).await;
        app.browser_of(&person).await.post("/account", &[("username", &person.username), ("name", name)]).await.is(303);
    }
    let find = async |browser: &mut Browser, q: &str| found(&browser.get(&format!("/admin/users?q={q}")).await.is(200).body).join(" ");

    assert_eq!(find(&mut browser, "am").await, "amazing amber", "username and address begin so");
    assert_eq!(find(&mut browser, "GRACE").await, "amazing");
    assert_eq!(find(&mut browser, "%C3%81M").await, "second");
    assert_eq!(find(&mut browser, "amber%40").await, "amber");
    assert_eq!(find(&mut browser, "hopper").await, "", "not the middle");
}

#[tokio::test]
async fn a_search_is_read_a_page_at_a_time_and_back() {
    let app = App::new().await;
    let mut browser = admin(&app).await;
    people(&app, 120).await;
    app.execute("UPDATE users SET name = 'Pat', name_key = 'pat' WHERE username LIKE 'p00%'").await;
    let (mut path, mut seen, mut pages) = ("/admin/users?q=p".to_owned(), Vec::new(), Vec::new());

    while pages.len() < 10 {
        let page = browser.get(&path).await;
        seen.extend(found(&page.is(200).body));
        pages.push(path);
        match page.link("next") {
            Some(next) => path = next,
            None => break,
        }
    }

    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!((seen.len(), once.len()), (120, 120));
    let last = browser.get(pages.last().unwrap()).await;
    let before = browser.get(&last.link("prev").unwrap()).await;
    assert_eq!(found(&before.body), seen[50..100]);
}

#[tokio::test]
async fn the_list_is_filtered_by_role_and_status() {
    let app = App::new().await;
    let mut browser = admin(&app).await;
    let (ada, grace) = (app.user("ada@example.com").await, app.user("grace@example.com").await);
    app.grant_role(&grace, "moderator").await;
    app.deactivate(&ada).await;
    people(&app, 1).await;
    let find = async |browser: &mut Browser, query: &str| {
        found(&browser.get(&format!("/admin/users?sort=email&{query}")).await.is(200).body).join(" ")
    };

    assert_eq!(find(&mut browser, "role=moderator").await, "grace");
    assert_eq!(find(&mut browser, "role=user&status=active").await, "boss grace");
    assert_eq!(find(&mut browser, "status=deactivated").await, "ada");
    assert_eq!(find(&mut browser, "status=unconfirmed").await, "p000");
    assert_eq!(find(&mut browser, "role=none-such").await, "");
    assert_eq!(find(&mut browser, "q=g&role=moderator").await, "grace");
    assert_eq!(find(&mut browser, "q=g&role=admin").await, "");
}

/// Names of two letters and a number, so that most people are found by several of them.
async fn lookalikes(app: &App, count: usize) -> Vec<[String; 3]> {
    let mut dice = 7_usize;
    let mut word = |n: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let letters = ["xx", "xy", "yx", "yy"][(dice >> 33) % 4];
        format!("{letters}{}{n}", (dice >> 40) % 10)
    };
    let people: Vec<[String; 3]> = (0..count).map(|n| [format!("{}@example.com", word(n)), word(n), word(n)]).collect();
    for [email, username, name] in &people {
        let row = format!("('{email}', '{username}', '{name}', '{name}', 0, 1, 1)");
        app.execute(&format!("INSERT INTO users (email, username, name, name_key, credentials, created_at, updated_at) VALUES {row}"))
            .await;
    }
    people
}

/// Everybody of whom a name begins so, by the first such name.
fn expected(people: &[[String; 3]], prefix: &str) -> Vec<String> {
    let first = |names: &[String; 3]| names.iter().filter(|name| name.starts_with(prefix)).min().cloned();
    let mut found: Vec<_> = people.iter().filter_map(|names| Some((first(names)?, names[1].clone()))).collect();
    found.sort();
    found.into_iter().map(|(_, username)| username).collect()
}

#[tokio::test]
async fn a_search_finds_what_looking_at_everybody_would() {
    let app = App::new().await;
    let mut browser = admin(&app).await;
    let people = lookalikes(&app, 300).await;

    for prefix in ["x", "xy", "xy1", "y", "yy", "z"] {
        let (mut path, mut forwards, mut last) = (Some(format!("/admin/users?q={prefix}")), Vec::new(), None);
        while let Some(next) = path {
            let page = browser.get(&next).await;
            forwards.extend(found(&page.is(200).body));
            (path, last) = (page.link("next"), Some(next));
        }
        let (mut path, mut backwards) = (last, Vec::new());
        while let Some(before) = path {
            let page = browser.get(&before).await;
            backwards.splice(0..0, found(&page.is(200).body));
            path = page.link("prev");
        }

        assert_eq!(forwards, expected(&people, prefix), "{prefix}");
        assert_eq!(backwards, forwards, "{prefix}");
    }
}

#[tokio::test]
async fn somebody_is_found_by_an_address_that_folds_to_another() {
    let app = App::new().await;
    let mut browser = admin(&app).await;
    app.user("straße@example.com").await;

    assert_eq!(found(&browser.get("/admin/users?q=Stra%C3%9Fe@example").await.body), ["strasse"]);
}
