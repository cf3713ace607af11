//! A message that is shown once, on the page after a redirect. It travels in a sealed cookie, so that no visitor needs a
//! session for it.
use super::{
    App, cookies,
    redirect::{LocalPath, see_other},
};
use crate::{
    accounts::{Token, Viewer, admin::Delivered},
    db::Timestamp,
};
use axum::{
    extract::Request,
    http::{Extensions, HeaderMap, header::SET_COOKIE},
    response::Response,
};
use serde::{Deserialize, Serialize};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

const SHOWN_WITHIN: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Success,
    Info,
    Warning,
    Error,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    pub kind: Kind,
    pub text: String,
    /// A link to be copied, shown this once.
    pub link: Option<String>,
    /// The public id of the one session that may see it.
    session: Option<String>,
}

impl Flash {
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), link: None, session: None }
    }

    /// With a link by which somebody sets their password, for nobody but who made it.
    fn link(app: &App, viewer: &Viewer, text: impl Into<String>, token: &Token) -> Self {
        let link = format!("{}/password/reset/{}", app.config.base_url.origin(), token.expose());
        Self { link: Some(link), session: Some(viewer.session.public_id.clone()), ..Self::new(Kind::Success, text) }
    }

    /// Whichever way a link goes.
    pub fn delivered(app: &App, viewer: &Viewer, delivered: &Delivered, mailed: &str, shown: impl Into<String>) -> Self {
        match delivered {
            Delivered::Mailed => Self::new(Kind::Success, mailed),
            Delivered::Shown(token) => Self::link(app, viewer, shown, token),
        }
    }

    pub fn on_page(self, path: LocalPath) -> Response {
        self.on(see_other(path))
    }

    /// For `class`.
    pub fn name(&self) -> &'static str {
        match self.kind {
            Kind::Success => "success",
            Kind::Info => "info",
            Kind::Warning => "warning",
            Kind::Error => "error",
        }
    }

    /// Warnings and errors interrupt a screen reader, the others wait.
    pub fn role(&self) -> &'static str {
        match self.kind {
            Kind::Success | Kind::Info => "status",
            Kind::Warning | Kind::Error => "alert",
        }
    }

    /// Shows it on the page that `response` redirects to.
    pub fn on(self, mut response: Response) -> Response {
        response.extensions_mut().insert(self);
        response
    }
}

/// The answer to a form that was accepted.
pub fn done(path: impl Into<LocalPath>, text: impl Into<String>) -> Response {
    Flash::new(Kind::Success, text).on(see_other(path))
}

/// Set once a page has shown the message.
#[derive(Clone, Default)]
struct Shown(Arc<AtomicBool>);

pub async fn around(app: &App, mut request: Request, next: impl AsyncFnOnce(Request) -> Response) -> Response {
    let shown = Shown::default();
    if cookies::read(request.headers(), &app.cookies.flash).is_some() {
        request.extensions_mut().insert(shown.clone());
    }
    let mut response = next(request).await;
    let cookie = match response.extensions_mut().remove::<Flash>() {
        Some(flash) => Some(app.cookies.set(&app.cookies.flash, &seal(app, flash), Some(SHOWN_WITHIN))),
        None => shown.0.load(Relaxed).then(|| app.cookies.remove(&app.cookies.flash)),
    };
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The message that came along, which is then gone.
pub fn take(app: &App, headers: &HeaderMap, extensions: &Extensions) -> Option<Flash> {
    extensions.get::<Shown>()?.0.store(true, Relaxed);
    let sealed = app.sealer.open("flash", cookies::read(headers, &app.cookies.flash)?)?;
    let (flash, until): (Flash, i64) = serde_json::from_slice(&sealed).ok()?;
    let here = extensions.get::<Arc<Viewer>>().map(|viewer| viewer.session.public_id.as_str());
    let is_for_them = flash.session.as_deref().is_none_or(|session| here == Some(session));
    (is_for_them && Timestamp::now() <= Timestamp(until)).then_some(flash)
}

fn seal(app: &App, flash: Flash) -> String {
    let until = Timestamp::now().after(SHOWN_WITHIN).0;
    app.sealer.seal("flash", &serde_json::to_vec(&(flash, until)).expect("a message is JSON"))
}
