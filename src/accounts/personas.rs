//! People of development, whom one click signs in there. A release makes none of them.
use super::{
    Actor, Authenticated, Client, Email, Error, Identifier,
    Permission::ManageUsers,
    Result, User, Username,
    audit::{self, Action, Entry},
    find, register,
    roles::{self, Authority},
};
use crate::{
    db::{Db, Timestamp, writing},
    entity::{role, user, user_role},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait};

/// Their names, and the role of each.
pub const ALL: [(&str, &str); 3] = [("ada", "admin"), ("grace", "moderator"), ("alan", "user")];

/// Where their addresses lie; a name that nobody can have.
const DOMAIN: &str = "@example.test";

pub fn email(name: &str) -> String {
    format!("{name}{DOMAIN}")
}

/// As they are now, or will be once they are made.
#[cfg(debug_assertions)]
pub struct Persona {
    pub name: &'static str,
    pub username: String,
    pub roles: Vec<String>,
}

#[cfg(debug_assertions)]
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
#[cfg(debug_assertions)]
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
    Ok(Some(Authenticated { user, by: "persona", tries: None }))
}

#[cfg(debug_assertions)]
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

/// By which `/dev` knows them.
pub fn name_of(user: &User) -> Option<&str> {
    user.email.strip_suffix(DOMAIN).filter(|name| !user.has_password() && ALL.iter().any(|(known, _)| known == name))
}

/// Usernames of those that may do more than others: whoever puts such a database on the internet should know.
pub async fn holding_permissions(db: &Db) -> Result<Vec<String>, DbErr> {
    let query = user_role::Entity::find()
        .select_only()
        .column(user::Column::Username)
        .distinct()
        .join(JoinType::InnerJoin, user_role::Relation::Role.def())
        .join(JoinType::InnerJoin, user_role::Relation::User.def())
        .filter(role::Column::Effective.ne(""))
        .filter(user::Column::Email.is_in(ALL.map(|(name, _)| email(name))));
    query.order_by_asc(user::Column::Username).into_tuple().all(db).await
}
