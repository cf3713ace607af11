//! The one table of routes. A line names path, access class and handler; `routes` on the command line prints it.
use super::{
    AppState,
    access::{Access, Features, any_of, guard, guest, permission, public, signed_in},
    account, admin, check_inbox, confirm, health, home, login, oauth, password, posts, register, setup, theme, verify,
};
use crate::{
    accounts::{
        Permission::{self, ManageJobs, ManageRoles, ManageUsers, ReadAudit, ReadUsers},
        Viewer,
    },
    oauth::Provider,
};
use axum::{
    Router,
    extract::{MatchedPath, Request},
    handler::Handler,
    middleware,
    routing::{MethodRouter, get, post},
};
use std::sync::{Arc, LazyLock};

const SEE_PEOPLE: [Permission; 3] = [ReadUsers, ManageUsers, ManageRoles];
/// Where the buttons of a person's page stand.
const PERSON: &str = "/admin/users/{id}";
const CONNECTIONS: &str = "/account/connections";
/// Where providers send browsers back to.
pub const CALLBACK: &str = "/oauth/{provider}/callback";

pub fn routes() -> Routes {
    Routes::default()
        .page("/", public(), home::show)
        .page("/healthz", public(), health::live)
        .page("/readyz", public(), health::ready)
        .page("/robots.txt", public(), health::robots)
        .page("/.well-known/change-password", public(), account::password::well_known)
        .action("/theme", public(), theme::submit)
        .page("/register", guest().while_registration_is_open(), register::show)
        .post(register::submit)
        .page("/register/{token}", public().with_mail(), register::complete::show)
        .post(register::complete::submit)
        .page("/check-inbox", public().with_mail(), check_inbox::show)
        .page("/login", guest(), login::show)
        .post(login::submit)
        .action("/logout", public(), login::sign_out)
        .page("/verify", signed_in().unconfirmed_too(), verify::show)
        .post(verify::submit)
        .page("/confirm", signed_in().unconfirmed_too().with_mail(), confirm::show)
        .post(confirm::submit)
        .page("/confirm/{token}", signed_in().unconfirmed_too().with_mail(), confirm::link::show)
        .post(confirm::link::submit)
        .page("/account", signed_in(), account::profile::show)
        .post(account::profile::submit)
        .page("/account/password", signed_in().fresh_without_password(), account::password::show)
        .post(account::password::submit)
        .page("/account/email", signed_in().unconfirmed_too().fresh().with_mail(), account::email::show)
        .post(account::email::submit)
        .action("/account/email/cancel", signed_in().unconfirmed_too().fresh_from("/account/email").with_mail(), account::email::cancel)
        .page("/account/email/{token}", signed_in().unconfirmed_too().with_mail(), account::email::link::show)
        .post(account::email::link::submit)
        .page("/account/email/undo/{token}", public().with_mail(), account::email::undo::show)
        .post(account::email::undo::submit)
        .page("/account/not-me/{token}", public().with_mail(), account::not_me::show)
        .post(account::not_me::submit)
        .page("/account/activity", signed_in(), account::activity::show)
        .page(CONNECTIONS, signed_in().confirmed(), account::connections::show)
        .action("/account/connections/{id}/disconnect", signed_in().confirmed().fresh_from(CONNECTIONS), account::connections::disconnect)
        .action("/oauth/{provider}/login", public(), oauth::login)
        .action("/oauth/{provider}/connect", signed_in().confirmed().fresh_from(CONNECTIONS), oauth::connect)
        .action("/oauth/{provider}/verify", signed_in().unconfirmed_too(), oauth::verify)
        .page(CALLBACK, public(), oauth::callback::show)
        .page("/oauth/finish", public().while_registration_is_open(), oauth::finish::show)
        .post(oauth::finish::submit)
        .page("/password/forgot", public().with_mail(), password::forgot::show)
        .post(password::forgot::submit)
        .page("/password/reset/{token}", public(), password::reset::show)
        .post(password::reset::submit)
        .page("/setup/{token}", public().fresh_when_signed_in(), setup::show)
        .post(setup::submit)
        .page("/posts", signed_in(), posts::list)
        .page("/posts/new", signed_in().confirmed(), posts::show_new)
        .post(posts::create)
        .page("/posts/{id}", signed_in(), posts::show)
        .page("/posts/{id}/edit", signed_in().confirmed(), posts::show_edit)
        .post(posts::edit)
        .page("/posts/{id}/delete", signed_in().confirmed(), posts::show_delete)
        .post(posts::delete)
        .page("/admin", any_of([ReadUsers, ManageUsers, ManageRoles, ReadAudit, ManageJobs]), admin::home::show)
        .page("/admin/users", any_of(SEE_PEOPLE), admin::users::show)
        .page("/admin/users/new", permission(ManageUsers).fresh(), admin::new_user::show)
        .post(admin::new_user::submit)
        .page("/admin/users/{id}", any_of(SEE_PEOPLE), admin::user::show)
        .action("/admin/users/{id}/activate", permission(ManageUsers).fresh_from(PERSON), admin::user::activate)
        .action("/admin/users/{id}/deactivate", permission(ManageUsers).fresh_from(PERSON), admin::user::deactivate)
        .action("/admin/users/{id}/sign-out", permission(ManageUsers).fresh_from(PERSON), admin::user::sign_out)
        .action("/admin/users/{id}/roles", permission(ManageRoles).fresh_from(PERSON), admin::user::set_roles)
        .action("/admin/users/{id}/password-link", permission(ManageUsers).fresh_from(PERSON), admin::user::make_password_link)
        .page("/admin/users/{id}/reset-access", permission(ManageUsers).fresh(), admin::user::reset_access::show)
        .post(admin::user::reset_access::submit)
        .page("/admin/users/{id}/delete", permission(ManageUsers).fresh(), admin::user::delete::show)
        .post(admin::user::delete::submit)
        .page("/admin/roles", permission(ManageRoles), admin::roles::show)
        .page("/admin/roles/new", permission(ManageRoles).fresh(), admin::role::show_new)
        .post(admin::role::create)
        .page("/admin/roles/{id}", permission(ManageRoles).fresh(), admin::role::show)
        .post(admin::role::update)
        .page("/admin/roles/{id}/delete", permission(ManageRoles).fresh(), admin::delete_role::show)
        .post(admin::delete_role::submit)
        .page("/admin/audit", permission(ReadAudit), admin::audit::show)
        .page("/admin/audit/export", permission(ReadAudit), admin::audit::export)
        .page("/admin/jobs", permission(ManageJobs), admin::jobs::show)
        .action("/admin/jobs/{id}/retry", permission(ManageJobs).fresh_from("/admin/jobs"), admin::jobs::retry)
        .action("/admin/jobs/{id}/discard", permission(ManageJobs).fresh_from("/admin/jobs"), admin::jobs::discard)
}

/// And what only a debug build has.
pub fn all() -> Routes {
    let routes = routes();
    #[cfg(debug_assertions)]
    let routes = crate::dev::add_to(routes);
    routes
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Route {
    pub path: &'static str,
    pub methods: Vec<&'static str>,
    pub access: Arc<Access>,
}

#[derive(Default)]
pub struct Routes {
    router: Router<AppState>,
    table: Vec<Route>,
}

impl Routes {
    /// A GET.
    pub fn page<H: Handler<T, AppState>, T: 'static>(self, path: &'static str, access: Access, handler: H) -> Self {
        self.line(Route { path, methods: vec!["GET"], access: access.into() }, get(handler))
    }

    /// A POST to the path of the line above, for the same people.
    pub fn post<H: Handler<T, AppState>, T: 'static>(mut self, handler: H) -> Self {
        let mut route = self.table.pop().expect("a POST stands below its page");
        route.methods.push("POST");
        self.line(route, post(handler))
    }

    /// A POST without a page of its own.
    pub fn action<H: Handler<T, AppState>, T: 'static>(self, path: &'static str, access: Access, handler: H) -> Self {
        self.line(Route { path, methods: vec!["POST"], access: access.into() }, post(handler))
    }

    fn line(mut self, route: Route, handler: MethodRouter<AppState>) -> Self {
        let access = route.access.clone();
        let guarded = handler.route_layer(middleware::from_fn(move |request, next| guard(access.clone(), request, next)));
        self.router = self.router.route(route.path, guarded);
        self.table.push(route);
        self
    }

    pub fn into_router(self) -> Router<AppState> {
        self.router
    }

    pub fn table(&self) -> &[Route] {
        &self.table
    }
}

static TABLE: LazyLock<Vec<Route>> = LazyLock::new(|| all().table);

/// True for a path that a GET can show, whenever it is opened.
pub fn is_page(path: &str) -> bool {
    TABLE.iter().any(|route| route.path != CALLBACK && route.methods.contains(&"GET") && matches(route.path, path))
}

/// True for what acts although it is a GET: it must go on even where the browser hangs up.
pub fn is_callback(path: &str) -> bool {
    matches(CALLBACK, path)
}

/// True for a page that posts to its own path.
pub fn is_form(path: &str) -> bool {
    TABLE.iter().any(|route| route.methods == ["GET", "POST"] && matches(route.path, path))
}

/// For a path as the table has it: each page asks for what is in its navigation.
pub fn is_open_to(path: &str, viewer: &Viewer, features: Features) -> bool {
    let pages = TABLE.iter().filter(|route| route.path == path && route.methods.contains(&"GET"));
    pages.into_iter().any(|route| route.access.is_held_by(viewer) && route.access.is_there(features))
}

/// True for an address that is a secret in part.
pub fn has_token(path: &str) -> bool {
    TABLE.iter().any(|route| route.path.contains("{token}") && matches(route.path, path))
}

pub fn is_for_guests(path: &str) -> bool {
    TABLE.iter().any(|route| route.access.is_guest() && matches(route.path, path))
}

/// Whether a page, or the settings, ask a provider for that: what connecting may ask for.
pub fn is_scope_named(provider: &Provider, scope: &str) -> bool {
    let mut needed = TABLE.iter().filter_map(|route| route.access.needed_scope());
    needed.any(|needed| needed.provider == provider.name && needed.scope == scope) || provider.scopes.iter().any(|named| named == scope)
}

/// None in a release: each request asks for them.
static MACHINES: LazyLock<Vec<&str>> =
    LazyLock::new(|| TABLE.iter().filter(|route| route.access.is_machine()).map(|route| route.path).collect());

/// True for what programs send, and no page.
pub fn is_machine(request: &Request) -> bool {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    route.is_some_and(|path| MACHINES.contains(&path))
}

fn matches(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == given || (wanted.starts_with('{') && !given.is_empty()) => {}
            _ => return false,
        }
    }
}
