//! Somebody who can sign in is always an admin.
use crate::support::{App, Person, is_soak};
use app::accounts::{
    Actor, Client, Error,
    admin::{self, Delivery},
    roles,
};
use std::collections::BTreeSet;

#[tokio::test]
async fn the_last_admin_stays() {
    let app = App::new().await;
    let ada = app.admin("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    let page = format!("/admin/users/{}", ada.id);

    browser.post(&format!("{page}/roles"), &[("roles", "user")]).await.is(422).shows("the last admin");
    browser.post(&format!("{page}/deactivate"), &[("reason", "x")]).await.is(422).shows("the last admin");
    browser.post(&format!("{page}/delete"), &[("reason", "x")]).await.is(422).shows("the last admin");

    browser.get("/admin").await.is(200);
}

#[tokio::test]
async fn an_admin_who_cannot_sign_in_does_not_count() {
    let app = App::new().await;
    let (ada, grace) = (app.admin("ada@example.com").await, app.admin("grace@example.com").await);
    app.deactivate(&grace).await;

    app.browser_of(&ada).await.post(&format!("/admin/users/{}/roles", ada.id), &[("roles", "user")]).await.is(422);
}

#[tokio::test]
async fn nor_does_one_without_a_password() {
    let app = App::new().await;
    let (ada, ghost) = (app.admin("ada@example.com").await, app.admin("ghost@example.com").await);
    app.execute(&format!("UPDATE users SET password_hash = NULL WHERE id = {}", ghost.id)).await;
    let mut browser = app.browser_of(&ada).await;

    browser.post(&format!("/admin/users/{}/roles", ada.id), &[("roles", "user")]).await.is(422).shows("the last admin");
    let client = Client::command_line();
    let reset =
        admin::reset_access(app.db(), &app.state.config, &Actor::command_line(&client), &app.row(&ada).await, None, Delivery::Show).await;
    assert!(matches!(reset, Err(Error::LastAdmin)));
}

/// What one admin does to another so that they are none any more.
async fn end(app: &App, deed: usize, actor: &Person, victim: &Person) -> bool {
    let (client, actor, victim) = (Client::command_line(), app.row(actor).await, app.row(victim).await);
    let actor = Actor { client: &client, user: Some(&actor), session: None };
    match deed % 4 {
        0 => roles::revoke(app.db(), &app.state.config, &actor, &victim, "admin").await.is_ok(),
        1 => admin::deactivate(app.db(), &app.state.config, &actor, &victim, None).await.is_ok(),
        2 => admin::reset_access(app.db(), &app.state.config, &actor, &victim, None, Delivery::Show).await.is_ok(),
        _ => roles::set(app.db(), &app.state.config, &actor, &victim, &BTreeSet::new(), None).await.is_ok(),
    }
}

#[tokio::test]
async fn of_two_admins_who_end_each_other_one_remains() {
    let app = App::new().await;
    let twin = app.twin().await;
    let (ada, grace) = (app.admin("ada@example.com").await, app.admin("grace@example.com").await);

    for round in 0..if is_soak() { 100 } else { 10 } {
        let (one, other) = tokio::join!(end(&app, round, &ada, &grace), end(&twin, round + 1, &grace, &ada));

        assert!(one ^ other, "round {round}: {one} and {other}");
        let client = Client::command_line();
        app.execute("UPDATE users SET password_hash = 'set' WHERE password_hash IS NULL").await;
        for person in [&ada, &grace] {
            admin::activate(app.db(), &app.state.config, &Actor::command_line(&client), &app.row(person).await, None).await.unwrap();
            roles::grant(app.db(), &app.state.config, &Actor::command_line(&client), &app.row(person).await, "admin").await.unwrap();
        }
    }
}
