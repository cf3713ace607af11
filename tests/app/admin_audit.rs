//! Reading the audit.
use crate::support::{App, Browser, PASSWORD};

async fn admin(app: &App) -> Browser {
    let boss = app.admin("boss@example.com").await;
    app.browser_of(&boss).await
}

#[tokio::test]
async fn it_is_filtered_by_who_whom_what_and_when() {
    let app = App::new().await;
    let (mut browser, ada) = (admin(&app).await, app.user("ada@example.com").await);
    browser.post(&format!("/admin/users/{}/deactivate", ada.id), &[("reason", "spam spam")]).await.is(303);
    app.browser().sign_in("ada", PASSWORD).await.is(422);

    browser.get("/admin/audit?actor=boss&action=deactivate").await.is(200).shows("spam spam").shows(">boss<");
    browser.get("/admin/audit?target=ada").await.shows("spam spam").hides(">ada@example.com<");
    browser.get("/admin/audit?target=ada%40example.com&action=sign-in").await.shows("failure").hides("spam spam");
    browser.get("/admin/audit?actor=ada").await.hides("spam spam");
    browser.get("/admin/audit?actor=nobody-at-all").await.shows("Nothing fits");
    browser.get("/admin/audit?from=2020-01-01&until=2020-12-31").await.shows("Nothing fits");
    browser.get("/admin/audit?from=2020-01-01").await.shows("spam spam");
    browser.get("/admin/audit?action=everything").await.shows("Nothing fits");
    browser.get("/admin/audit/export?action=everything").await.is(404);
    browser.get("/admin/audit?action=create-user").await.shows("command line");
    for odd in ["action=x%00", "from=x", "until=2020-13-45", "after=x.y", "before=9.", "actor=%23x", "target=%3A"] {
        browser.get(&format!("/admin/audit?{odd}")).await.is(200);
    }
}

#[tokio::test]
async fn it_is_read_a_page_at_a_time() {
    let app = App::new().await;
    let mut browser = admin(&app).await;
    for n in 0..120 {
        let columns = "at, action, outcome, detail, ip, request_id";
        app.execute(&format!("INSERT INTO audit ({columns}) VALUES ({}, 'sign-in', 'failure', 'n{n:03}', '', '')", 1000 + n / 2)).await;
    }
    let (mut path, mut seen) = ("/admin/audit?from=1970-01-01&until=1970-01-02".to_owned(), Vec::new());

    for _ in 0..3 {
        let page = browser.get(&path).await;
        seen.extend(page.is(200).body.split("class=\"detail\">").skip(1).map(|rest| rest[..4].to_owned()));
        path = page.link("next").unwrap_or_default();
    }

    let expected: Vec<String> = (0..120).rev().map(|n| format!("n{n:03}")).collect();
    assert_eq!((seen, path), (expected, String::new()));
}

#[tokio::test]
async fn a_spreadsheet_takes_no_cell_for_a_formula() {
    let app = App::new().await;
    let mut browser = admin(&app).await;
    for detail in ["=1+1", "+1", "-1", "@x", "\t=1", "x;=1", "\"quoted\", and more"] {
        app.execute(&format!("INSERT INTO audit (at, action, outcome, detail, ip, request_id) VALUES (1, 'x', 'x', '{detail}', '', '')"))
            .await;
    }

    let csv = browser.get("/admin/audit/export?until=1970-01-02").await;

    assert_eq!(
        (csv.is(200).header("content-type"), csv.header("content-disposition")),
        ("text/csv; charset=utf-8", "attachment; filename=\"audit.csv\"")
    );
    let lines: Vec<&str> = csv.body.lines().collect();
    assert_eq!(
        (lines.len(), lines[0].replace('"', "")),
        (8, "time,actor_id,actor,action,target,target_name,outcome,detail,ip,request_id".to_owned())
    );
    for cell in ["'=1+1", "'+1", "'-1", "'@x", "'\t'=1", "x;'=1", "\"\"quoted\"\", and more"] {
        assert!(csv.body.contains(&format!(",\"{cell}\",")), "{cell}: {}", csv.body);
    }
}

#[tokio::test]
async fn the_export_is_whole_however_long() {
    let app = App::new().await;
    let mut browser = admin(&app).await;
    for thousand in 0..3 {
        let rows: Vec<_> = (0..1000).map(|n| format!("(1, 'x', 'x', 'row {}', '', '')", thousand * 1000 + n)).collect();
        app.execute(&format!("INSERT INTO audit (at, action, outcome, detail, ip, request_id) VALUES {}", rows.join(", "))).await;
    }

    let csv = browser.get("/admin/audit/export?until=1970-01-02").await;

    assert_eq!(csv.body.lines().count(), 3001);
    assert!(csv.body.contains("\"row 0\"") && csv.body.contains("\"row 2999\""));
}

#[tokio::test]
async fn whoever_was_deleted_keeps_their_name_there() {
    let app = App::new().await;
    let (mut browser, ada) = (admin(&app).await, app.user("ada@example.com").await);
    app.browser_of(&ada).await;

    app.delete(&ada).await;

    browser.get(&format!("/admin/audit?actor=%23{}", ada.id)).await.shows(">ada</a>").shows("sign-in");
    browser.get("/admin/audit?action=delete-user").await.shows(">ada</a>").shows("command line");
    browser.get("/admin/audit/export?action=delete-user").await.shows("\"ada\"");
}

#[tokio::test]
async fn a_role_and_an_outcome_can_be_asked_for() {
    let app = App::new().await;
    let mut browser = admin(&app).await;
    app.role("helper", &[]).await;
    app.browser().sign_in("boss", "not the password").await.is(422);

    browser.get("/admin/audit?target=helper").await.shows("What\">create-role").hides("What\">sign-in");
    browser.get("/admin/audit?outcome=failure").await.shows("What\">sign-in").hides("What\">create-role");
    browser.get("/admin/audit?outcome=nonsense").await.is(200).shows("Nothing fits");
}
