use super::{Access, Class, Confirmed, Fresh, NeededScope};
use crate::{
    accounts::{Confirmation, Viewer},
    config::Mail,
    oauth::Api,
    web::{
        App, AppState, Error, Flash,
        flash::Kind,
        redirect::{LocalPath, see_other},
        session::CurrentSession,
    },
};
use axum::{
    extract::{FromRequestParts, Request},
    http::{Method, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{sync::Arc, time::Duration};

/// Proven this lately, a person need not do it again.
pub const FRESH: Duration = Duration::from_secs(10 * 60);
/// A form that was opened while fresh may be sent so much later.
const GRACE: Duration = Duration::from_secs(10 * 60);

/// What settings leave switched on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Features {
    pub mail: bool,
    pub registration: bool,
    /// Mail goes no further than `/dev/mail`.
    pub inbox: bool,
}

impl Features {
    pub fn of(app: &App) -> Self {
        let config = &app.config;
        let inbox = app.has_dev() && matches!(config.mail, Mail::Inbox);
        Self { mail: config.has_mail(), registration: config.registration_open, inbox }
    }
}

impl Access {
    /// The first miss decides: session, confirmation, permission, freshness.
    fn check(&self, viewer: Option<&Viewer>, request: &Request) -> Result<(), Box<Response>> {
        if !self.is_there(app_of(request).map(|app| Features::of(&app)).unwrap_or_default()) {
            return Err(Error::NotFound.into_response().into());
        }
        let here = LocalPath::of_request(request);
        let get = is_get(request);
        let viewer = match (&self.class, viewer) {
            #[cfg(debug_assertions)]
            (Class::Loopback | Class::Machine, _) if !crate::web::loopback::is_from_here(request) => {
                return Err(Error::NotFound.into_response().into());
            }
            #[cfg(debug_assertions)]
            (Class::Loopback | Class::Machine, _) if self.needs_scope.is_none() => return Ok(()),
            (Class::Public, Some(viewer)) if matches!(self.fresh, Fresh::WhenSignedIn) => viewer,
            (Class::Public, _) | (Class::Guest, None) => return Ok(()),
            (Class::Guest, Some(_)) if get => return Err(see_other("/account").into()),
            (Class::Guest, Some(_)) => return Ok(()),
            (_, None) => return Err(Error::LoginRequired { next: here.filter(|_| get) }.into_response().into()),
            (_, Some(viewer)) => viewer,
        };
        if self.wants_confirmation(viewer) {
            return Err(see_other("/confirm").into());
        }
        if !self.is_held_by(viewer) {
            return Err(Error::Forbidden.into_response().into());
        }
        self.check_freshness(viewer, request, here, get)
    }

    fn check_freshness(&self, viewer: &Viewer, request: &Request, here: Option<LocalPath>, get: bool) -> Result<(), Box<Response>> {
        let within = if get { FRESH } else { FRESH + GRACE };
        if !self.wants_fresh(viewer) || viewer.session.was_proven_within(within) {
            return Ok(());
        }
        let back = match self.fresh {
            Fresh::From(page) => LocalPath::filled(page, request.uri().path()),
            _ => here,
        };
        let verify = see_other(back.map_or("/verify".into(), |back| back.as_next_of("/verify")));
        let notice = Flash::new(Kind::Info, "Nothing has happened yet. Prove that it is you, and then do it again.");
        Err(if get { verify } else { notice.on(verify) }.into())
    }

    fn wants_confirmation(&self, viewer: &Viewer) -> bool {
        match self.confirmed {
            Confirmed::Never => false,
            Confirmed::AsEverywhere => viewer.confirmation == Confirmation::Demanded,
            Confirmed::Always => viewer.confirmation != Confirmation::Given,
        }
    }

    fn wants_fresh(&self, viewer: &Viewer) -> bool {
        match self.fresh {
            Fresh::Never => false,
            Fresh::Always | Fresh::WhenSignedIn | Fresh::From(_) => true,
            Fresh::WithoutPassword => !viewer.user.has_password(),
        }
    }
}

/// Runs before the handler, and before anything the handler takes.
pub async fn guard(access: Arc<Access>, mut request: Request, next: Next) -> Response {
    let viewer = request.extensions().get::<Arc<Viewer>>().cloned();
    if let Err(response) = access.check(viewer.as_deref(), &request) {
        return *response;
    }
    if let Some(needed) = access.needs_scope {
        let here = LocalPath::of_request(&request);
        let Some(((viewer, app), current)) = viewer.zip(app_of(&request)).zip(request.extensions().get::<CurrentSession>().cloned()) else {
            return Error::LoginRequired { next: here.filter(|_| is_get(&request)) }.into_response();
        };
        match connected_api(needed, &viewer, &app, &current).await {
            Ok(Some(api)) => drop(request.extensions_mut().insert(api)),
            Ok(None) => return to_connections(needed, here, is_get(&request)),
            Err(error) => return error.into_response(),
        }
    }
    next.run(request).await
}

async fn connected_api(needed: NeededScope, viewer: &Viewer, app: &AppState, current: &CurrentSession) -> Result<Option<Api>, Error> {
    if app.providers.get(needed.provider).is_none() {
        return Err(Error::NotFound);
    }
    Ok(current.grants().allowing(viewer.user.id, needed.provider, needed.scope).await?)
}

/// The page that explains it, and leads back.
fn to_connections(needed: NeededScope, here: Option<LocalPath>, get: bool) -> Response {
    let page = see_other(LocalPath::of_connections(needed.provider, needed.scope, here.as_ref()));
    let notice = Flash::new(Kind::Info, "Nothing has happened yet. Connect what is missing, and then do it again.");
    if get { page } else { notice.on(page) }
}

fn is_get(request: &Request) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}

/// None for what has no session, as `/healthz`.
fn app_of(request: &Request) -> Option<AppState> {
    request.extensions().get().cloned()
}

/// Whom the guard let in.
pub struct CurrentUser(pub Arc<Viewer>);

impl FromRequestParts<AppState> for CurrentUser {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Error> {
        parts.extensions.get().cloned().map(Self).ok_or(Error::LoginRequired { next: None })
    }
}

/// The connection by which the guard let somebody in: see [`Access::connected`].
pub struct ConnectedApi(pub Api);

impl FromRequestParts<AppState> for ConnectedApi {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Error> {
        parts.extensions.get().cloned().map(Self).ok_or_else(|| anyhow::anyhow!("this route needs no connection").into())
    }
}
