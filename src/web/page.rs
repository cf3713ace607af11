use super::{App, AppState, access::Features, assets, cookies, flash, flash::Flash, routes};
use crate::{
    accounts::{Confirmation, User, Viewer},
    oauth::Providers,
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};
use std::{convert::Infallible, sync::Arc};

/// Everything that the layout needs. Taking it shows the pending message, so a guard must refuse before.
#[derive(Clone, Debug)]
pub struct Page {
    pub viewer: Option<Arc<Viewer>>,
    pub theme: Theme,
    pub flash: Option<Flash>,
    /// Where this page is, for forms that come back to it.
    pub path: String,
    pub features: Features,
    pub providers: Providers,
    app: Arc<str>,
}

impl FromRequestParts<AppState> for Page {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Infallible> {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut page = Self::bare(app, Theme::of(app, &parts.headers), path, parts.extensions.get().cloned());
        page.flash = flash::take(app, &parts.headers, &parts.extensions);
        Ok(page)
    }
}

impl Page {
    /// Without a message, for error pages.
    pub fn bare(app: &AppState, theme: Theme, path: &str, viewer: Option<Arc<Viewer>>) -> Self {
        let (features, providers) = (Features::of(app), app.providers.clone());
        Self { viewer, theme, flash: None, path: path.to_owned(), features, providers, app: app.config.app_name.as_str().into() }
    }

    pub fn app_name(&self) -> &str {
        &self.app
    }

    pub fn asset(&self, path: &str) -> String {
        assets::url(path)
    }

    /// Whether the table of routes lets the viewer open a page: for links that are only for some.
    pub fn may_open(&self, path: &str) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| routes::is_open_to(path, viewer, self.features))
    }

    /// Whether to remind whoever looks of a link that they were mailed.
    pub fn reminds(&self) -> bool {
        let is_pending = self.viewer.as_ref().is_some_and(|viewer| viewer.confirmation != Confirmation::Given);
        is_pending && !self.is_within("/confirm") && !self.is_at("/check-inbox")
    }

    /// Whether it is about whoever looks.
    pub fn is_of(&self, user: &User) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.user.id == user.id)
    }

    /// For `aria-current` of what has pages below it.
    pub fn is_within(&self, path: &str) -> bool {
        self.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    }

    /// For `aria-current` in navigations.
    pub fn is_at(&self, path: &str) -> bool {
        self.path.split('?').next() == Some(path)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    pub fn of(app: &App, headers: &HeaderMap) -> Self {
        Self::parse(cookies::read(headers, &app.cookies.theme).unwrap_or_default())
    }

    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.name() == text).unwrap_or_default()
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Auto => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }
}
