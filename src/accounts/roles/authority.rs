//! What somebody may do to others, asked inside the transaction that does it.
use crate::{
    accounts::{Actor, Error, Permissions, Result, User},
    db::Tx,
    entity::{role, user, user_role},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationTrait};

/// Holds everything, and somebody who can sign in always holds it.
pub const ADMIN: &str = "admin";
/// What everybody gets who registers.
pub const USER: &str = "user";

/// The permissions of whoever does something to others, as they are now.
pub struct Authority(Permissions);

impl Authority {
    /// The first statement of every transaction that changes roles, who holds them, or who can sign in: one fixed row is
    /// locked, so that the next such transaction reads what this one wrote. Locking the people themselves would not do: two
    /// admins who demote each other would both pass.
    pub async fn lock(tx: &Tx, actor: &Actor<'_>) -> Result<Self> {
        role::Entity::find().filter(role::Column::Name.eq(ADMIN)).lock_exclusive().one(tx).await?;
        let Some(actor) = actor.user else { return Ok(Self(Permissions::all())) };
        match user::Entity::find_by_id(actor.id).one(tx).await? {
            Some(actor) if actor.is_active() => Ok(Self(permissions_of(tx, actor.id).await?)),
            _ => Err(Error::Beyond),
        }
    }

    /// The person as they are now. Refuses where they hold a permission that the actor lacks.
    pub async fn over(&self, tx: &Tx, user_id: i64) -> Result<User> {
        let user = user::Entity::find_by_id(user_id).one(tx).await?.ok_or(Error::Gone)?;
        self.covers(&permissions_of(tx, user_id).await?)?;
        Ok(user)
    }

    /// Refuses what the actor cannot do, and so must not hand on or take away.
    pub fn covers(&self, permissions: &Permissions) -> Result<()> {
        if self.0.include(permissions) { Ok(()) } else { Err(Error::Beyond) }
    }
}

pub async fn permissions_of(connection: &impl ConnectionTrait, user_id: i64) -> Result<Permissions, DbErr> {
    let effective: Vec<String> = role::Entity::find()
        .select_only()
        .column(role::Column::Effective)
        .join(JoinType::InnerJoin, user_role::Relation::Role.def().rev())
        .filter(user_role::Column::UserId.eq(user_id))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(effective.iter().map(String::as_str).collect())
}

/// Refuses where this person is the only admin who can sign in.
pub async fn ensure_admin_besides(tx: &Tx, user_id: i64) -> Result<()> {
    if admins(tx).await? == [user_id] { Err(Error::LastAdmin) } else { Ok(()) }
}

pub async fn has_admin(connection: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(!admins(connection).await?.is_empty())
}

/// Two of those who can sign in, if there are.
async fn admins(connection: &impl ConnectionTrait) -> Result<Vec<i64>, DbErr> {
    user_role::Entity::find()
        .select_only()
        .column(user_role::Column::UserId)
        .join(JoinType::InnerJoin, user_role::Relation::Role.def())
        .join(JoinType::InnerJoin, user_role::Relation::User.def())
        .filter(role::Column::Name.eq(ADMIN))
        .filter(user::Column::DeactivatedAt.is_null())
        .limit(2)
        .into_tuple()
        .all(connection)
        .await
}
