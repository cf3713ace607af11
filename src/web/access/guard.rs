use super::{Access, Class, Confirmed, Fresh};
use crate::{
    accounts::{Confirmation, Viewer},
    config::Mail,
    web::{
        App, AppState, Error, Flash,
        flash::Kind,
        redirect::{LocalPath, see_other},
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
const FRESH: Duration = Duration::from_secs(10 * 60);
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
        if !self.is_there(request.extensions().get().copied().unwrap_or_default()) {
            return Err(Error::NotFound.into_response().into());
        }
        let here = LocalPath::of_request(request);
        let get = matches!(*request.method(), Method::GET | Method::HEAD);
        let viewer = match (&self.class, viewer) {
            #[cfg(debug_assertions)]
            (Class::Loopback | Class::Machine, _) if crate::web::loopback::is_from_here(request) => return Ok(()),
            #[cfg(debug_assertions)]
            (Class::Loopback | Class::Machine, _) => return Err(Error::NotFound.into_response().into()),
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
pub async fn guard(access: Arc<Access>, request: Request, next: Next) -> Response {
    let viewer = request.extensions().get::<Arc<Viewer>>().cloned();
    match access.check(viewer.as_deref(), &request) {
        Ok(()) => next.run(request).await,
        Err(response) => *response,
    }
}

/// Whom the guard let in.
pub struct CurrentUser(pub Arc<Viewer>);

impl FromRequestParts<AppState> for CurrentUser {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Error> {
        parts.extensions.get().cloned().map(Self).ok_or(Error::LoginRequired { next: None })
    }
}
