//! People to sign in as with one click, made when they are first clicked. They have no password, so that nobody signs in as
//! them where this room is not.
use crate::{
    accounts::{Client, personas},
    web::{
        AppState, Error, Form, Result,
        redirect::{LocalPath, see_other},
        session::CurrentSession,
    },
};
use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct PersonaForm {
    next: String,
}

pub async fn sign_in(
    State(app): State<AppState>,
    Path(name): Path<String>,
    current: CurrentSession,
    client: Client,
    Form(form): Form<PersonaForm>,
) -> Result<Response> {
    let who = personas::sign_in(&app.db, &client, &name).await?.ok_or(Error::NotFound)?;
    current.sign_in(&who, false).await?;
    Ok(see_other(LocalPath::next_or_home(&app, &form.next)))
}
