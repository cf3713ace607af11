use crate::support::App;

#[tokio::test]
async fn a_profile_is_saved_and_shown_again() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    browser.post("/account", &[("username", "Countess"), ("name", " Ada  Lovelace 🦀 ")]).await.redirects_to("/account");

    let page = browser.get("/account").await;
    page.shows("Your profile is saved.").shows("value=\"countess\"").shows("value=\"Ada  Lovelace 🦀\"");
    app.browser().sign_in("countess", crate::support::PASSWORD).await.redirects_to("/");
}

#[tokio::test]
async fn a_username_of_somebody_else_is_refused() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    app.user("grace@example.com").await;

    let page = app.browser_of(&ada).await.post("/account", &[("username", "Grace"), ("name", "Ada")]).await;

    page.refuses("username").shows("value=\"Ada\"");
}

#[tokio::test]
async fn a_name_that_cannot_be_shown_is_refused() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    for name in ["a\nb", "a\u{202e}b", "a\u{200f}b", "a\u{2028}b", "\u{200b}", "\u{3164}\u{2800}", "\u{301}\u{301}", &"x".repeat(65)] {
        browser.post("/account", &[("username", "ada"), ("name", name)]).await.refuses("name");
    }
}

#[tokio::test]
async fn a_name_is_shown_as_text_and_never_runs() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    for name in ["\"><svg onload=alert(1)>", "</script><script>alert(1)", "'-alert(1)-'", "&lt;b&gt;"] {
        browser.post("/account", &[("username", "ada"), ("name", name)]).await.redirects_to("/account");
        let page = browser.get("/account").await;
        page.is(200).hides("<svg onload").hides("<script>").hides("'-alert").hides("value=\"&lt;b&gt;");
    }
}

#[tokio::test]
async fn what_was_typed_is_what_is_kept() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    let same = ["O'Brien \"\\\" %_", "مريم", "👩\u{200d}🚀", "𝒜da"].map(|name| (name, name));
    for (typed, kept) in same.into_iter().chain([("e\u{301}", "é")]) {
        browser.post("/account", &[("username", "ada"), ("name", typed)]).await.redirects_to("/account");
        assert_eq!(app.row(&ada).await.name, kept);
    }
}

#[tokio::test]
async fn other_columns_cannot_be_sent_along() {
    let app = App::new().await;
    let (ada, grace) = (app.user("ada@example.com").await, app.user("grace@example.com").await);
    let before = app.row(&grace).await;
    let more =
        [("id", grace.id.to_string()), ("user_id", grace.id.to_string()), ("email", "eve@example.com".into()), ("role", "admin".into())];
    let fields: Vec<(&str, &str)> =
        [("username", "ada"), ("name", "Ada")].into_iter().chain(more.iter().map(|(name, value)| (*name, value.as_str()))).collect();

    app.browser_of(&ada).await.post("/account", &fields).await.redirects_to("/account");

    assert_eq!(app.row(&grace).await, before);
    assert_eq!(app.row(&ada).await.name, "Ada");
}

#[tokio::test]
async fn a_name_of_letters_that_fold_to_many_is_saved() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;

    let form = [("username", "ada"), ("name", &"\u{fdfa}".repeat(64))];
    app.browser_of(&ada).await.post("/account", &form).await.redirects_to("/account");
}
