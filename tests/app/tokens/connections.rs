use super::{NEW_KEY, connected, ends, identity, with_key};
use crate::support::{App, Issuer, KEY, PLAIN};

#[tokio::test]
async fn the_page_shows_who_they_are_there_what_they_allow_and_for_how_long() {
    let issuer = Issuer::start(PLAIN).await;
    issuer.hands_out(3600).grants("openid notes:read");
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, mut browser) = connected(&app, &issuer).await;

    let page = browser.get("/account/connections").await;
    page.shows("<dd>Ada Lovelace</dd>").shows("<code>notes:read</code>");
    page.shows("renews itself in 59 minutes");

    ends(&app, &ada).await;
    browser.get("/account/connections").await.shows("granted or renewed a moment ago");
    assert_eq!(issuer.refreshes(), 1);
}

#[tokio::test]
async fn a_connection_of_before_tokens_were_kept_can_be_reconnected() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let (_, mut browser) = connected(&app, &issuer).await;
    app.execute("DELETE FROM provider_tokens").await;

    browser.get("/account/connections").await.is(200).shows("Nothing is kept by which").shows("Reconnect");
    browser.dance(&issuer, "sso", "connect", "").await.redirects_to("/account/connections");

    browser.get("/account/connections").await.shows("<dt>Profile</dt>");
}

#[tokio::test]
async fn what_an_older_key_sealed_opens_and_without_that_key_the_person_is_asked() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, _) = connected(&app, &issuer).await;
    let rotated = with_key(&app, &issuer, &format!("{NEW_KEY},{KEY}")).await;
    rotated.browser_of(&ada).await.get("/account/connections").await.shows("<dt>Profile</dt>");

    let without = with_key(&app, &issuer, NEW_KEY).await;
    let mut browser = without.browser_of(&ada).await;
    browser.get("/account/connections").await.is(200).shows("a key that this app no longer has").hides("access-token");
    browser.dance(&issuer, "sso", "connect", "").await.redirects_to("/account/connections");
    browser.get("/account/connections").await.shows("<dt>Profile</dt>");
    assert_eq!(identity(&app, &ada).await.lost_at, None);
}
