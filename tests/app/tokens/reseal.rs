use super::{NEW_KEY, connected, kept, tokens, with_key};
use crate::support::{App, Issuer, KEY, PLAIN};
use app::{
    jobs,
    oauth::{self, tokens::Owner},
    seal::Resealed,
};

async fn reseal(app: &App) -> [Resealed; 3] {
    let (tokens, attempts) = oauth::reseal(app.db(), &app.state.config, &app.state.providers).await.unwrap();
    [tokens, attempts, jobs::reseal(app.db(), &app.state.config).await.unwrap()]
}

#[tokio::test]
async fn a_rotated_key_seals_everything_anew_and_the_old_one_can_go() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, mut browser) = connected(&app, &issuer).await;
    let site = Owner::Site { provider: "sso".to_owned(), issuer: issuer.url.clone() };
    app.state.grants.storage().set(&site, &tokens("own")).await.unwrap();
    browser.set_out("sso", "connect", "").await;
    app.browser().post("/password/forgot", &[("email", &ada.email)]).await;

    let rotated = with_key(&app, &issuer, &format!("{NEW_KEY},{KEY}")).await;
    let anew = |anew| Resealed { anew, unreadable: 0 };
    assert_eq!(reseal(&rotated).await, [anew(2), anew(1), anew(1)]);
    assert_eq!(reseal(&rotated).await, [anew(0); 3]);

    let after = with_key(&app, &issuer, NEW_KEY).await;
    assert!(kept(&after, &ada).await.is_some());
    assert!(after.state.grants.storage().get(&site).await.unwrap().is_some());
    after.mail_to(&ada.email).await.says("password");
}

#[tokio::test]
async fn what_cannot_be_opened_is_counted_and_left() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, _) = connected(&app, &issuer).await;

    let without = with_key(&app, &issuer, NEW_KEY).await;
    assert_eq!(reseal(&without).await[0], Resealed { anew: 0, unreadable: 1 });

    assert!(kept(&app, &ada).await.is_some());
}
