//! People to sign in as with one click, made when they are first clicked. They have no password, so that nobody signs in as
//! them where this room is not.
use crate::{
    accounts::{Actor, Authenticated, Client, Email, Error, Identifier, User, Username, admin, find, people, personas, roles},
    db::Db,
    web::{
        self, AppState, Form,
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
) -> web::Result<Response> {
    let (name, role) = personas::ALL.into_iter().find(|(known, _)| *known == name).ok_or(web::Error::NotFound)?;
    let user = find_or_create(&app.db, &client, name, role).await?;
    current.sign_in(&Authenticated::unproven(user), false).await?;
    Ok(see_other(LocalPath::next_or_home(&app, &form.next)))
}

async fn find_or_create(db: &Db, client: &Client, name: &str, role: &str) -> crate::accounts::Result<User> {
    let email = Email::parse(&personas::email(name)).expect("an address");
    if let Some(user) = find(db, &Identifier::Email(email.clone())).await? {
        return Ok(user);
    }
    let actor = Actor::command_line(client);
    let made = match admin::invite(db, &actor, email.clone(), Username::parse(name).expect("a username")).await {
        // Somebody of that name is here already.
        Err(Error::UsernameTaken) => {
            admin::invite(db, &actor, email, Username::parse(&format!("{name}-persona")).expect("a username")).await
        }
        made => made,
    };
    let (user, _) = made?;
    if role != roles::USER {
        roles::grant(db, &actor, &user, role).await?;
    }
    Ok(people::get(db, user.id).await?.unwrap_or(user))
}
