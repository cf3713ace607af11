//! Where SQLite, PostgreSQL and MariaDB differ, and must not.
use crate::support::{App, PASSWORD};
use app::{
    accounts::{self, Identifier, User},
    db::Timestamp,
};
use sea_orm::DbErr;

async fn find(app: &App, identifier: &str) -> Option<User> {
    accounts::find(app.db(), &Identifier::parse(identifier)).await.unwrap()
}

#[tokio::test]
async fn an_accent_makes_another_name() {
    let app = App::new().await;

    app.browser().register("ada@example.com", "ada", PASSWORD).await.redirects_to("/account");
    app.browser().register("adá@example.com", "adá", PASSWORD).await.redirects_to("/account");

    assert_ne!(find(&app, "ada").await.unwrap().id, find(&app, "adá").await.unwrap().id);
    assert_eq!(find(&app, "adà").await.map(|user| user.id), None);
}

#[tokio::test]
async fn a_time_keeps_its_milliseconds_also_after_2038() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let moment = Timestamp(4_102_444_800_123);

    app.execute(&format!("UPDATE users SET last_sign_in_at = {} WHERE id = {}", moment.0, ada.id)).await;

    assert_eq!(find(&app, "ada").await.unwrap().last_sign_in_at, Some(moment));
    assert_eq!(app.count(&format!("users WHERE last_sign_in_at > {}", moment.0 - 1)).await, 1);
}

#[tokio::test]
async fn what_is_too_long_for_its_column_is_never_cut() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let long = "a".repeat(300);

    let written: Result<_, DbErr> = {
        use sea_orm::ConnectionTrait;
        app.db().execute_unprepared(&format!("UPDATE users SET username = '{long}' WHERE id = {}", ada.id)).await
    };

    // SQLite takes any length, so that the edge must check each.
    let stored = app.column("users", "username").await;
    assert_eq!(stored, [if written.is_ok() { long } else { "ada".to_owned() }]);
}

#[tokio::test]
async fn a_blank_at_the_end_names_nobody_else() {
    let app = App::new().await;
    app.browser().register(" ada@example.com ", " ada ", PASSWORD).await.redirects_to("/account");

    app.browser().register("ada@example.com ", "countess", PASSWORD).await.refuses("email");
    app.browser().register("countess@example.com", "ada ", PASSWORD).await.refuses("username");

    assert_eq!(app.column("users", "username").await, ["ada"]);
}
