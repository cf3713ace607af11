//! Proves that it is still the person who signed in, before what would hurt if it were not.
use super::{
    AppState, CurrentUser, Errors, Form, Page, Result,
    redirect::{LocalPath, NextPage, see_other},
    refuse,
    session::CurrentSession,
};
use crate::{
    accounts::{self, Client, Error, Password, User, identities, personas},
    oauth::Provider,
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{extract::State, response::IntoResponse};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Default, Deserialize)]
pub struct VerifyForm {
    password: String,
    #[serde(default)]
    next: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "verify.html")]
struct VerifyPage {
    page: Page,
    has_password: bool,
    /// One of development, who proves it by a click.
    persona: Option<String>,
    /// Those that prove it as well.
    providers: Vec<Arc<Provider>>,
    form: VerifyForm,
    errors: Errors,
}

fn persona(app: &AppState, user: &User) -> Option<String> {
    personas::name_of(user).filter(|_| app.has_dev()).map(str::to_owned)
}

/// At which somebody has an account that is connected.
async fn providers(app: &AppState, user: &User) -> Result<Vec<Arc<Provider>>> {
    let identities = identities::list(&app.db, user.id).await?;
    let mut providers: Vec<_> = identities.iter().filter_map(|identity| app.providers.of(identity)).cloned().collect();
    providers.retain(|provider| provider.proves_presence());
    providers.dedup_by(|one, other| one.name == other.name);
    Ok(providers)
}

pub async fn show(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, page: Page, next: NextPage) -> Result {
    let form = VerifyForm { next: next.into_field(), ..VerifyForm::default() };
    let (has_password, persona) = (viewer.user.has_password(), persona(&app, &viewer.user));
    let providers = providers(&app, &viewer.user).await?;
    Ok(VerifyPage { page, has_password, persona, providers, form, errors: Errors::default() }.into_response())
}

pub async fn submit(
    State(app): State<AppState>,
    current: CurrentSession,
    CurrentUser(viewer): CurrentUser,
    client: Client,
    page: Page,
    Form(form): Form<VerifyForm>,
) -> Result {
    let has_password = viewer.user.has_password();
    let providers = providers(&app, &viewer.user).await?;
    let wrong = |form| {
        let errors = Errors::on("password", "is wrong. Type it again");
        Ok(refuse(VerifyPage { page, has_password, persona: None, providers, form, errors }))
    };
    let Some(password) = Password::attempt(&form.password) else { return wrong(form) };
    let proven = async {
        accounts::prove_password(&app.db, &app.config, &client, &viewer.user, &password).await?;
        current.renew().await
    };
    match proven.await {
        Ok(()) => Ok(see_other(LocalPath::next_or_home(&app, &form.next))),
        Err(Error::Wrong) => wrong(form),
        Err(error) => Err(error.into()),
    }
}
