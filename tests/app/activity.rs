//! What a person can read of their own account's history.
use crate::support::{App, OTHER_PASSWORD, PASSWORD};

#[tokio::test]
async fn people_read_in_words_what_happened_to_their_account() {
    let app = App::new().await;
    let (boss, ada) = (app.admin("boss@example.com").await, app.user("ada@example.com").await);
    let mut browser = app.browser_of(&ada).await;
    app.browser().sign_in("ada", "not the password").await.is(422);
    browser.post("/account/password", &[("current_password", PASSWORD), ("password", OTHER_PASSWORD)]).await.is(303);
    let form = [("roles", "moderator"), ("roles", "user")];
    app.browser_of(&boss).await.post(&format!("/admin/users/{}/roles", ada.id), &form).await.is(303);

    let page = browser.get("/account/activity").await;

    page.is(200).shows("You signed in").shows("wrong password").shows("You changed your password");
    page.shows("An administrator changed the roles of this account").hides("boss");
}

#[tokio::test]
async fn nobody_reads_of_others_and_it_goes_page_by_page() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    let of_ada = format!("(1, 'prove', 'success', {0}, 'user:{0}', '', '198.51.100.1', '')", ada.id);
    let of_others = "(1, 'prove', 'success', 999, 'user:999', '', '203.0.113.99', '')".to_owned();
    let rows = [vec![of_ada; 70], vec![of_others; 70]].concat().join(", ");
    app.execute(&format!("INSERT INTO audit (at, action, outcome, actor_id, target, detail, ip, request_id) VALUES {rows}")).await;

    let first = browser.get("/account/activity").await;
    first.is(200).hides("203.0.113.99");
    let second = browser.get(&first.link("next").unwrap()).await;

    let count = |body: &str| body.matches("<li><span>").count();
    assert_eq!((count(&first.body), second.link("next")), (50, None));
    assert!(count(&second.body) >= 20);
    let back = browser.get(&second.link("prev").unwrap()).await;
    assert_eq!(count(&back.body), 50);
}
