//! What somebody may do to others is asked when they do it.
use crate::{roles::draft, support::App};
use app::accounts::{
    Actor, Client, Error,
    Permission::{ManageUsers, ReadUsers},
    admin, roles,
};
use std::time::Duration;

/// The guard has let them in, and then their form took its time.
#[tokio::test]
async fn who_lost_a_role_or_a_session_meanwhile_does_nothing_any_more() {
    let app = App::new().await;
    let (clerk, ada) = (app.staff("clerk@example.com", &[ManageUsers]).await, app.user("ada@example.com").await);
    let (client, clerk, ada) = (Client::command_line(), app.row(&clerk).await, app.row(&ada).await);
    let signed_out = Actor { client: &client, user: Some(&clerk), session: Some("ended") };
    assert!(matches!(admin::reset_access(app.db(), &signed_out, &ada, None).await, Err(Error::Beyond)));

    app.execute("DELETE FROM user_roles").await;
    let demoted = Actor { session: None, ..signed_out };

    assert!(matches!(admin::reset_access(app.db(), &demoted, &ada, None).await, Err(Error::Beyond)));
    assert!(matches!(admin::deactivate(app.db(), &demoted, &ada, None).await, Err(Error::Beyond)));
    assert!(matches!(roles::create(app.db(), &demoted, &draft("helper", &[], &[])).await, Err(Error::Beyond)));
}

#[tokio::test]
async fn a_link_made_before_somebody_rose_opens_nothing_after() {
    let app = App::new().await;
    let (ada, grace) = (app.user("ada@example.com").await, app.user("grace@example.com").await);
    let (client, ada, grace) = (Client::command_line(), app.row(&ada).await, app.row(&grace).await);
    let actor = Actor::command_line(&client);
    let helper = roles::create(app.db(), &actor, &draft("helper", &[], &[])).await.unwrap();
    roles::grant(app.db(), &actor, &grace, "helper").await.unwrap();
    let of_ada = admin::make_password_link(app.db(), &actor, &ada).await.unwrap();
    let of_grace = admin::make_password_link(app.db(), &actor, &grace).await.unwrap();

    roles::grant(app.db(), &actor, &ada, "moderator").await.unwrap();
    roles::add_permissions(app.db(), &actor, &helper, &[ReadUsers]).await.unwrap();

    for link in [of_ada, of_grace] {
        app.browser().get(&format!("/password/reset/{}", link.expose())).await.is(410);
    }
}

#[tokio::test]
async fn changing_ones_own_roles_proves_nothing() {
    let app = App::new().await;
    let ada = app.admin("ada@example.com").await;
    app.role("helper", &[]).await;
    let mut browser = app.browser_of(&ada).await;
    app.time_passes(Duration::from_secs(15 * 60)).await;

    let form = [("roles", "admin"), ("roles", "user"), ("roles", "helper")];
    browser.post(&format!("/admin/users/{}/roles", ada.id), &form).await.redirects_to(&format!("/admin/users/{}", ada.id));

    browser.get("/admin/users/new").await.redirects_to("/verify?next=/admin/users/new");
}
