//! Made when they are first asked for, whole or not at all.
use super::{ALL, email};
use crate::{
    accounts::{
        Actor, Authenticated, Client, Email, Error, Identifier,
        Permission::ManageUsers,
        Result, User, Username,
        audit::{self, Action, Entry},
        find, register,
        roles::{self, Authority},
    },
    db::{Db, Timestamp, writing},
};
use sea_orm::ActiveValue::Set;

/// As they are now, or will be once they are made.
pub struct Persona {
    pub name: &'static str,
    pub username: String,
    pub roles: Vec<String>,
}

pub async fn list(db: &Db) -> Result<Vec<Persona>> {
    let mut list = Vec::new();
    for (name, role) in ALL {
        let address = Email::parse(&email(name)).expect("an address");
        list.push(match find(db, &Identifier::Email(address)).await? {
            Some(user) => {
                let roles = roles::held_by(db, user.id).await?.into_iter().map(|role| role.name).collect();
                Persona { name, username: user.username, roles }
            }
            None => Persona { name, username: name.to_owned(), roles: vec![role.to_owned()] },
        });
    }
    Ok(list)
}

/// Made whole when it is first asked for. None: there is no such persona.
pub async fn sign_in(db: &Db, client: &Client, name: &str) -> Result<Option<Authenticated>> {
    let Some((name, role)) = ALL.into_iter().find(|(known, _)| *known == name) else { return Ok(None) };
    let address = Email::parse(&email(name)).expect("an address");
    let user = match create(db, client, &address, name, role).await {
        // Somebody of that name is here already.
        Err(Error::UsernameTaken) => create(db, client, &address, &format!("{name}-persona"), role).await,
        created => created,
    };
    let user = match user {
        Err(Error::EmailTaken) => find(db, &Identifier::Email(address)).await?.ok_or(Error::Gone)?,
        user => user?,
    };
    Ok(Some(Authenticated::now(user, "persona")))
}

async fn create(db: &Db, client: &Client, address: &Email, username: &str, role: &str) -> Result<User> {
    let mut row = register::row(address, &Username::parse(username).expect("a username"), None);
    row.email_confirmed_at = Set(Some(Timestamp::now()));
    let tx = writing(db).await?;
    Authority::lock(&tx, &Actor::command_line(client), ManageUsers).await?;
    let user = register::insert(&tx, row).await?;
    if role != roles::USER {
        let role = roles::find(&tx, role).await?.ok_or_else(|| Error::NoSuchRole(role.to_owned()))?;
        roles::insert(&tx, user.id, &role).await?;
    }
    audit::record(&tx, client, Entry::about(Some(&user), Action::CreateUser).detail("persona")).await?;
    tx.commit().await?;
    Ok(user)
}
