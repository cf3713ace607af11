//! Who holds what, who may give it, and what that allows.
use crate::support::App;
use app::{
    accounts::{
        Actor, Client, Error, Permission,
        Permission::{ManageRoles, ManageUsers, ModeratePosts, ReadAudit, ReadUsers},
        RoleName,
        roles::{self, Draft, Hierarchy},
    },
    db::Db,
};

pub fn draft(name: &str, permissions: &[Permission], includes: &[&str]) -> Draft {
    let includes = includes.iter().map(|&name| name.to_owned()).collect();
    Draft { name: RoleName::parse(name).unwrap(), description: String::new(), permissions: permissions.iter().copied().collect(), includes }
}

async fn effective(db: &Db, role: &str) -> String {
    roles::find(db, role).await.unwrap().unwrap().effective
}

#[tokio::test]
async fn giving_and_taking_a_role_say_whether_they_changed_anything() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let (client, row) = (Client::command_line(), app.row(&ada).await);
    let actor = Actor::command_line(&client);

    for expected in [true, false] {
        assert_eq!(roles::grant(app.db(), &app.state.config, &actor, &row, "moderator").await.unwrap(), expected);
    }
    for expected in [true, false] {
        assert_eq!(roles::revoke(app.db(), &app.state.config, &actor, &row, "moderator").await.unwrap(), expected);
    }

    assert!(matches!(roles::grant(app.db(), &app.state.config, &actor, &row, "no-such-role").await, Err(Error::NoSuchRole(_))));
}

#[tokio::test]
async fn a_role_allows_what_the_roles_that_it_includes_do() {
    let app = App::new().await;
    let client = Client::command_line();
    let actor = Actor::command_line(&client);

    let helper = roles::create(app.db(), &actor, &draft("helper", &[ReadUsers], &["moderator"])).await.unwrap();
    roles::create(app.db(), &actor, &draft("chief", &[ReadAudit], &["helper"])).await.unwrap();
    assert_eq!(effective(app.db(), "chief").await, "audit.read posts.moderate users.read");

    roles::remove_permissions(app.db(), &actor, &helper, &[ReadUsers]).await.unwrap();
    assert_eq!(effective(app.db(), "chief").await, "audit.read posts.moderate");
    let moderator = roles::find(app.db(), "moderator").await.unwrap().unwrap();
    roles::delete(app.db(), &actor, &moderator).await.unwrap();
    assert_eq!(effective(app.db(), "chief").await, "audit.read");
}

#[tokio::test]
async fn no_role_includes_itself_by_any_detour() {
    let app = App::new().await;
    let client = Client::command_line();
    let actor = Actor::command_line(&client);
    let helper = roles::create(app.db(), &actor, &draft("helper", &[], &[])).await.unwrap();
    roles::create(app.db(), &actor, &draft("chief", &[], &["helper"])).await.unwrap();

    for included in ["helper", "chief"] {
        let refused = roles::update(app.db(), &actor, &helper, &draft("helper", &[], &[included])).await;
        assert!(matches!(refused, Err(Error::Cycle)), "{included}: {refused:?}");
    }
    assert!(!Hierarchy::read(app.db()).await.unwrap().has_cycle());
}

#[tokio::test]
async fn what_the_app_needs_of_its_roles_stays() {
    let app = App::new().await;
    let client = Client::command_line();
    let actor = Actor::command_line(&client);
    let hierarchy = Hierarchy::read(app.db()).await.unwrap();
    let (admin, user) = (hierarchy.role("admin").unwrap(), hierarchy.role("user").unwrap());

    for refused in [
        roles::update(app.db(), &actor, admin, &draft("admin", &[ReadUsers], &[])).await,
        roles::update(app.db(), &actor, user, &draft("everybody", &[], &[])).await,
        roles::delete(app.db(), &actor, admin).await,
        roles::delete(app.db(), &actor, user).await,
        roles::create(app.db(), &actor, &draft("owner", &[], &["admin"])).await.map(|_| true),
    ] {
        assert!(matches!(refused, Err(Error::Fixed)), "{refused:?}");
    }
    assert_eq!(app.count("roles").await, 3);
}

#[tokio::test]
async fn nobody_hands_on_what_they_could_not_do_themselves() {
    let app = App::new().await;
    let (clerk, ada) = (app.staff("clerk@example.com", &[ManageRoles]).await, app.user("ada@example.com").await);
    let (client, row, actor) = (Client::command_line(), app.row(&ada).await, app.row(&clerk).await);
    let actor = Actor { client: &client, user: Some(&actor), session: None };
    let moderator = roles::find(app.db(), "moderator").await.unwrap().unwrap();

    let refused = [
        roles::grant(app.db(), &app.state.config, &actor, &row, "moderator").await,
        roles::grant(app.db(), &app.state.config, &actor, &row, "admin").await,
        roles::create(app.db(), &actor, &draft("helper", &[ModeratePosts], &[])).await.map(|_| true),
        roles::create(app.db(), &actor, &draft("helper", &[], &["moderator"])).await.map(|_| true),
        roles::add_permissions(app.db(), &actor, &moderator, &[ReadAudit]).await,
        roles::remove_permissions(app.db(), &actor, &moderator, &[ModeratePosts]).await,
        roles::delete(app.db(), &actor, &moderator).await,
    ];

    assert!(refused.iter().all(|refused| matches!(refused, Err(Error::Beyond))), "{refused:?}");
    assert!(roles::create(app.db(), &actor, &draft("helper", &[ManageRoles], &[])).await.is_ok());
    assert!(roles::grant(app.db(), &app.state.config, &actor, &row, "helper").await.unwrap());
}

#[tokio::test]
async fn staff_cannot_touch_those_above_them() {
    let app = App::new().await;
    let clerk = app.staff("clerk@example.com", &[ReadUsers, ManageUsers]).await;
    let ada = app.admin("ada@example.com").await;
    let (mut browser, id) = (app.browser_of(&clerk).await, ada.id);
    let mut of_ada = app.browser_of(&ada).await;
    browser.get(&format!("/admin/users/{id}")).await.is(200).shows("holds permissions that you lack").hides("Deactivate</button>");

    for (action, form) in [
        ("deactivate", &[("reason", "x")][..]),
        ("sign-out", &[]),
        ("password-link", &[]),
        ("reset-access", &[("reason", "x")]),
        ("delete", &[("reason", "x")]),
    ] {
        browser.post(&format!("/admin/users/{id}/{action}"), form).await.is(403);
    }

    for page in ["reset-access", "delete"] {
        browser.get(&format!("/admin/users/{id}/{page}")).await.is(403);
    }
    assert!(of_ada.is_signed_in().await);
    assert!(app.row(&ada).await.is_active());
}

#[tokio::test]
async fn a_role_that_is_taken_away_ends_at_the_next_page_on_every_instance() {
    let app = App::new().await;
    let twin = app.twin().await;
    let (ada, grace) = (app.admin("ada@example.com").await, app.admin("grace@example.com").await);
    let mut there = app.browser_of(&grace).await.moved_to(&twin);
    there.get("/admin").await.is(200);

    app.browser_of(&ada).await.post(&format!("/admin/users/{}/roles", grace.id), &[("roles", "user")]).await.is(303);

    there.get("/admin").await.is(403).hides("users.read");
}

#[tokio::test]
async fn no_form_of_ones_own_gives_a_role() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    let before = app.row(&ada).await;
    let more = [
        ("role", "admin"),
        ("roles", "admin"),
        ("is_admin", "true"),
        ("id", "1"),
        ("user_id", "1"),
        ("email_confirmed_at", "1"),
        ("password_hash", "x"),
    ];

    let mut form = vec![("username", "ada"), ("name", "Ada")];
    form.extend(more);
    browser.post("/account", &form).await.redirects_to("/account");
    let mut form = vec![("email", "eve@example.com"), ("username", "eve"), ("password", crate::support::PASSWORD)];
    form.extend(more);
    app.browser().post("/register", &form).await.redirects_to("/account");

    let after = app.row(&ada).await;
    assert_eq!((after.id, after.email_confirmed_at, after.password_hash), (before.id, before.email_confirmed_at, before.password_hash));
    assert_eq!(app.count("user_roles JOIN roles ON roles.id = role_id WHERE name = 'admin'").await, 0);
}
