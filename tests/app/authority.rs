//! What somebody may do to others is asked when they do it.
use crate::{roles::draft, support::App};
use app::accounts::{
    Actor, Client, Error,
    Permission::{ManageRoles, ManageUsers, ReadAudit, ReadUsers},
    admin::{self, Delivery},
    roles,
};
use std::time::Duration;

/// The guard has let them in, and then their form took its time.
#[tokio::test]
async fn who_lost_a_role_or_a_session_meanwhile_does_nothing_any_more() {
    let app = App::new().await;
    let (clerk, ada) = (app.staff("clerk@example.com", &[ManageUsers]).await, app.user("ada@example.com").await);
    let (client, clerk, ada) = (Client::command_line(), app.row(&clerk).await, app.row(&ada).await);
    let signed_out = Actor { client: &client, user: Some(&clerk), session: Some("ended") };
    assert!(matches!(admin::reset_access(app.db(), &app.state.config, &signed_out, &ada, None, Delivery::Mail).await, Err(Error::Beyond)));

    app.execute("DELETE FROM user_roles").await;
    let demoted = Actor { session: None, ..signed_out };

    assert!(matches!(admin::reset_access(app.db(), &app.state.config, &demoted, &ada, None, Delivery::Mail).await, Err(Error::Beyond)));
    assert!(matches!(admin::deactivate(app.db(), &app.state.config, &demoted, &ada, None).await, Err(Error::Beyond)));
    assert!(matches!(roles::create(app.db(), &demoted, &draft("helper", &[], &[])).await, Err(Error::Beyond)));
}

#[tokio::test]
async fn a_link_made_before_somebody_rose_opens_nothing_after() {
    let app = App::new().await;
    let (ada, grace) = (app.user("ada@example.com").await, app.user("grace@example.com").await);
    let (client, ada, grace) = (Client::command_line(), app.row(&ada).await, app.row(&grace).await);
    let actor = Actor::command_line(&client);
    let helper = roles::create(app.db(), &actor, &draft("helper", &[], &[])).await.unwrap();
    roles::grant(app.db(), &app.state.config, &actor, &grace, "helper").await.unwrap();
    let of_ada = app.password_link(&actor, &ada).await;
    let of_grace = app.password_link(&actor, &grace).await;

    roles::grant(app.db(), &app.state.config, &actor, &ada, "moderator").await.unwrap();
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

#[tokio::test]
async fn a_link_ends_with_the_right_of_who_made_it() {
    let app = App::new().await;
    let client = Client::command_line();
    for event in ["role taken", "role edited", "deactivated", "deleted", "reset"] {
        let clerk = app.staff(&format!("{}@example.com", event.replace(' ', "-")), &[ManageUsers]).await;
        let ada = app.user(&format!("ada.{}@example.com", event.replace(' ', "-"))).await;
        let maker = app.row(&clerk).await;
        let actor = Actor { client: &client, user: Some(&maker), session: None };
        let link = app.password_link(&actor, &app.row(&ada).await).await;
        app.browser().get(&format!("/password/reset/{}", link.expose())).await.is(200);

        let role = format!("role-of-{}", clerk.username);
        match event {
            "role taken" => {
                assert!(roles::revoke(app.db(), &app.state.config, &Actor::command_line(&client), &maker, &role).await.unwrap())
            }
            "role edited" => {
                let row = roles::find(app.db(), &role).await.unwrap().unwrap();
                assert!(roles::remove_permissions(app.db(), &Actor::command_line(&client), &row, &[ManageUsers]).await.unwrap());
            }
            "deactivated" => app.deactivate(&clerk).await,
            "deleted" => app.delete(&clerk).await,
            _ => app.reset_password(&clerk).await,
        }

        app.browser().get(&format!("/password/reset/{}", link.expose())).await.is(410);
    }
}

#[tokio::test]
async fn nobody_makes_themselves_a_link_past_their_own_password() {
    let app = App::new().await;
    let ada = app.admin("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    browser.post(&format!("/admin/users/{}/password-link", ada.id), &[]).await.is(403);
    browser.post(&format!("/admin/users/{}/reset-access", ada.id), &[("reason", "x")]).await.is(403);

    browser.get(&format!("/admin/users/{}", ada.id)).await.is(200).hides("password-link").hides("reset-access");
    assert_eq!(app.count("tokens").await, 0);
}

#[tokio::test]
async fn a_role_of_somebody_above_is_out_of_reach() {
    let app = App::new().await;
    let clerk = app.staff("clerk@example.com", &[ReadUsers, ManageUsers, ManageRoles]).await;
    let boss = app.staff("boss@example.com", &[ReadAudit]).await;
    app.grant_role(&boss, "role-of-clerk").await;
    let mut browser = app.browser_of(&clerk).await;
    let id = app.column("roles WHERE name = 'role-of-clerk'", "id").await[0].clone();

    browser.post(&format!("/admin/roles/{id}"), &[("name", "x"), ("description", ""), ("permissions", "users.read")]).await.is(403);
    browser.post(&format!("/admin/roles/{id}/delete"), &[]).await.is(403);

    app.browser_of(&boss).await.get("/admin/users/new").await.is(200);
    browser.post("/admin/roles/new", &[("name", "helper"), ("description", ""), ("permissions", "users.read")]).await.is(303);
}

#[tokio::test]
async fn what_only_a_newer_version_knows_is_handed_on_by_nobody_who_lacks_it() {
    let app = App::new().await;
    let clerk = app.staff("clerk@example.com", &[ReadUsers, ManageRoles]).await;
    app.role("billing", &[]).await;
    app.execute("UPDATE roles SET permissions = 'billing.refund', effective = 'billing.refund' WHERE name = 'billing'").await;
    let mut browser = app.browser_of(&clerk).await;
    let id = app.column("roles WHERE name = 'billing'", "id").await[0].clone();

    let all = [("roles", "user"), ("roles", "role-of-clerk"), ("roles", "billing")];
    browser.post(&format!("/admin/users/{}/roles", clerk.id), &all).await.is(403);
    browser.post(&format!("/admin/roles/{id}"), &[("name", "billing"), ("description", "x")]).await.is(403);
}

#[tokio::test]
async fn the_audit_tells_what_was_given_however_much_is_said_beside_it() {
    let app = App::new().await;
    let boss = app.admin("boss@example.com").await;
    let mut browser = app.browser_of(&boss).await;
    for n in 0..20 {
        app.role(&format!("a{n:0>63}"), &[]).await;
    }
    let (long, many) = ("\u{e0001}".repeat(255), (0..20).map(|n| format!("a{n:0>63}")).collect::<Vec<_>>());
    let mut form: Vec<(&str, &str)> = vec![("name", "power"), ("description", &long), ("permissions", "users.manage")];
    form.extend(many.iter().map(|name| ("includes", name.as_str())));

    browser.post("/admin/roles/new", &form).await.is(303);
    let mut roles: Vec<(&str, &str)> = many.iter().map(|name| ("roles", name.as_str())).collect();
    roles.push(("roles", "power"));
    browser.post(&format!("/admin/users/{}/roles", app.user("ada@example.com").await.id), &roles).await.is(303);

    let details = app.column("audit", "detail").await.join("\n");
    assert!(details.contains("power allows users.manage") && details.contains("+power"), "{details}");
}

/// The guard lets them in only once all of their form is there.
#[tokio::test]
async fn a_form_that_was_held_back_acts_for_nobody_who_lost_the_right_to_it() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    let (begin, held) = tokio::sync::oneshot::channel::<()>();
    let body = futures_util::stream::once(async move {
        held.await.ok();
        Ok::<_, std::io::Error>("username=ada&name=Too+late")
    });
    let late = tokio::spawn(async move { browser.post_raw("/account", axum::body::Body::from_stream(body)).await.status.as_u16() });
    tokio::task::yield_now().await;

    app.deactivate(&ada).await;
    begin.send(()).unwrap();

    assert_eq!((late.await.unwrap(), app.column("users", "name").await), (303, vec![String::new()]));
}

#[tokio::test]
async fn an_export_ends_with_the_right_to_it() {
    let app = App::new().await;
    let auditor = app.staff("auditor@example.com", &[ReadAudit]).await;
    let rows: Vec<_> = (0..1500).map(|n| format!("(1, 'x', 'x', 'row {n}', '', '')")).collect();
    app.execute(&format!("INSERT INTO audit (at, action, outcome, detail, ip, request_id) VALUES {}", rows.join(", "))).await;
    let mut export = app.browser_of(&auditor).await.begin("/admin/audit/export").await;
    let first = http_body_util::BodyExt::frame(&mut export).await.unwrap().unwrap();

    app.deactivate(&auditor).await;

    assert!(first.into_data().is_ok_and(|data| data.len() > 1000));
    assert!(http_body_util::BodyExt::frame(&mut export).await.is_none_or(|frame| frame.is_err()));
}
