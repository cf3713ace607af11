//! Who may pass. Each route names its class in the table of routes, so that no handler can forget to ask.
use super::{
    AppState, Error, Flash,
    flash::Kind,
    redirect::{LocalPath, see_other},
};
use crate::accounts::{Permission, Viewer};
use axum::{
    extract::{FromRequestParts, Request},
    http::{Method, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{fmt, sync::Arc, time::Duration};

/// Proven this lately, a person need not do it again.
pub const FRESH: Duration = Duration::from_secs(10 * 60);
/// A form that was opened while fresh may be sent so much later.
const GRACE: Duration = Duration::from_secs(10 * 60);

#[derive(Clone, Debug)]
pub struct Access {
    class: Class,
    fresh: Fresh,
}

#[derive(Clone, Debug)]
enum Class {
    Public,
    #[cfg(debug_assertions)]
    Loopback,
    Guest,
    SignedIn,
    AnyOf(Vec<Permission>),
    AllOf(Vec<Permission>),
}

#[derive(Clone, Copy, Debug)]
enum Fresh {
    Never,
    Always,
    WithoutPassword,
    WhenSignedIn,
    /// For a POST without a page of its own: the template of the page that it is sent from.
    From(&'static str),
}

/// Everybody.
pub fn public() -> Access {
    Class::Public.into()
}

/// Everybody at this machine, by one of its own names, and with no proxy between. For others there is no such page.
#[cfg(debug_assertions)]
pub fn loopback() -> Access {
    Class::Loopback.into()
}

/// Everybody's POST; a GET of somebody signed in leads to their account.
pub fn guest() -> Access {
    Class::Guest.into()
}

pub fn signed_in() -> Access {
    Class::SignedIn.into()
}

pub fn permission(permission: Permission) -> Access {
    Class::AllOf(vec![permission]).into()
}

pub fn any_of(permissions: impl Into<Vec<Permission>>) -> Access {
    Class::AnyOf(permissions.into()).into()
}

pub fn all_of(permissions: impl Into<Vec<Permission>>) -> Access {
    Class::AllOf(permissions.into()).into()
}

impl From<Class> for Access {
    fn from(class: Class) -> Self {
        Self { class, fresh: Fresh::Never }
    }
}

impl Access {
    /// And proven within the last ten minutes that it is still them.
    pub fn fresh(self) -> Self {
        Self { fresh: Fresh::Always, ..self }
    }

    /// The same for a POST without a page of its own: who has yet to prove it comes back to that page. Parts in braces are those
    /// of the path that was asked for.
    pub fn fresh_from(self, page: &'static str) -> Self {
        Self { fresh: Fresh::From(page), ..self }
    }

    /// Whoever is signed in has to have proved it; others pass.
    pub fn fresh_when_signed_in(self) -> Self {
        Self { fresh: Fresh::WhenSignedIn, ..self }
    }

    /// As `fresh`, but only for people without a password: others prove it with the form itself.
    pub fn fresh_without_password(self) -> Self {
        Self { fresh: Fresh::WithoutPassword, ..self }
    }

    pub fn is_guest(&self) -> bool {
        matches!(self.class, Class::Guest)
    }

    /// The first miss decides: session, permission, freshness.
    fn check(&self, viewer: Option<&Viewer>, request: &Request) -> Result<(), Box<Response>> {
        let here = LocalPath::of_request(request);
        let get = matches!(*request.method(), Method::GET | Method::HEAD);
        let viewer = match (&self.class, viewer) {
            #[cfg(debug_assertions)]
            (Class::Loopback, _) if super::loopback::is_from_here(request) => return Ok(()),
            #[cfg(debug_assertions)]
            (Class::Loopback, _) => return Err(Error::NotFound.into_response().into()),
            (Class::Public, Some(viewer)) if matches!(self.fresh, Fresh::WhenSignedIn) => viewer,
            (Class::Public, _) | (Class::Guest, None) => return Ok(()),
            (Class::Guest, Some(_)) if get => return Err(see_other("/account").into()),
            (Class::Guest, Some(_)) => return Ok(()),
            (_, None) => return Err(Error::LoginRequired { next: here.filter(|_| get) }.into_response().into()),
            (_, Some(viewer)) => viewer,
        };
        if !self.is_held_by(viewer) {
            return Err(Error::Forbidden.into_response().into());
        }
        let within = if get { FRESH } else { FRESH + GRACE };
        if self.wants_fresh(viewer) && !viewer.session.was_proven_within(within) {
            let back = match self.fresh {
                Fresh::From(page) => LocalPath::filled(page, request.uri().path()),
                _ => here,
            };
            let verify = see_other(back.map_or("/verify".into(), |back| back.as_next_of("/verify")));
            let notice = Flash::new(Kind::Info, "Nothing has happened yet. Prove that it is you, and then do it again.");
            return Err(if get { verify } else { notice.on(verify) }.into());
        }
        Ok(())
    }

    pub fn is_held_by(&self, viewer: &Viewer) -> bool {
        match &self.class {
            Class::AnyOf(permissions) => permissions.iter().any(|permission| viewer.may(*permission)),
            Class::AllOf(permissions) => permissions.iter().all(|permission| viewer.may(*permission)),
            _ => true,
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

/// As `routes` prints it.
impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |permissions: &[Permission]| permissions.iter().map(|permission| permission.name()).collect::<Vec<_>>().join(", ");
        match &self.class {
            Class::Public => write!(f, "public"),
            #[cfg(debug_assertions)]
            Class::Loopback => write!(f, "loopback"),
            Class::Guest => write!(f, "guest"),
            Class::SignedIn => write!(f, "signed_in"),
            Class::AnyOf(permissions) => write!(f, "any_of({})", names(permissions)),
            Class::AllOf(permissions) if permissions.len() == 1 => write!(f, "permission({})", names(permissions)),
            Class::AllOf(permissions) => write!(f, "all_of({})", names(permissions)),
        }?;
        match self.fresh {
            Fresh::Never => Ok(()),
            Fresh::Always => write!(f, ", fresh"),
            Fresh::From(page) => write!(f, ", fresh from {page}"),
            Fresh::WhenSignedIn => write!(f, ", fresh when signed in"),
            Fresh::WithoutPassword => write!(f, ", fresh where no password is set"),
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
