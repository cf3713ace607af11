use super::{connected, kept, tokens};
use crate::support::{App, Issuer, KEY, PLAIN};
use app::{
    jobs,
    oauth::{self, tokens::Owner},
    seal::Resealed,
};

const NEW: &str = "bmV3LWtleS1vZi0zMi1ieXRlcy0wMTIzNDU2Nzg5YWI";

async fn with_key(app: &App, issuer: &Issuer, key: &str) -> App {
    let settings = issuer.settings("SSO");
    let settings = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain([("SECRET_KEY", key)]);
    App::on(&app.url(), &settings.collect::<Vec<_>>(), |routes| routes).await
}

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

    let rotated = with_key(&app, &issuer, &format!("{NEW},{KEY}")).await;
    let anew = |anew| Resealed { anew, unreadable: 0 };
    assert_eq!(reseal(&rotated).await, [anew(2), anew(1), anew(1)]);
    assert_eq!(reseal(&rotated).await, [anew(0); 3]);

    let after = with_key(&app, &issuer, NEW).await;
    assert!(kept(&after, &ada).await.is_some());
    assert!(after.state.grants.storage().get(&site).await.unwrap().is_some());
    after.mail_to(&ada.email).await.says("password");
}

#[tokio::test]
async fn what_cannot_be_opened_is_counted_and_left() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, _) = connected(&app, &issuer).await;

    let without = with_key(&app, &issuer, NEW).await;
    assert_eq!(reseal(&without).await[0], Resealed { anew: 0, unreadable: 1 });

    assert!(kept(&app, &ada).await.is_some());
}
