//! People of development, whom one click signs in there. A release makes none of them.
#[cfg(debug_assertions)]
mod made;

#[cfg(debug_assertions)]
pub use made::{Persona, list, sign_in};

use super::User;
use crate::{
    db::Db,
    entity::{role, user, user_role},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait};

/// Their names, and the role of each.
pub const ALL: [(&str, &str); 3] = [("ada", "admin"), ("grace", "moderator"), ("alan", "user")];

/// Where their addresses lie; a name that nobody can have.
const DOMAIN: &str = "@example.test";

pub fn email(name: &str) -> String {
    format!("{name}{DOMAIN}")
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
