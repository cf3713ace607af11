//! Light, dark or as the system says: a cookie, so that it works without a script and before anybody signs in.
use super::{
    AppState, Form,
    page::Theme,
    redirect::{LocalPath, see_other},
};
use axum::{extract::State, http::header::SET_COOKIE, response::Response};
use serde::Deserialize;
use std::time::Duration;

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

#[derive(Deserialize)]
pub struct ThemeForm {
    theme: String,
    #[serde(default)]
    next: String,
}

pub async fn submit(State(app): State<AppState>, Form(form): Form<ThemeForm>) -> Response {
    let theme = Theme::parse(&form.theme);
    let mut response = see_other(LocalPath::parse(&app.config.base_url, &form.next).unwrap_or("/".into()));
    response.headers_mut().append(SET_COOKIE, app.cookies.set(&app.cookies.theme, theme.name(), Some(YEAR)));
    response
}
