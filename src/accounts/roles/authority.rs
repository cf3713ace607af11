//! What somebody may do to others, asked inside the transaction that does it.
use crate::{
    accounts::{self, Actor, Error, Permission, Permissions, Result, User, roles::Role, sessions},
    config::Config,
    db::Tx,
    entity::{identity, role, user, user_role},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QuerySelect, QueryTrait, RelationTrait, Select,
};
use std::collections::BTreeMap;

/// Holds everything, and somebody who can sign in always holds it.
pub const ADMIN: &str = "admin";
/// What everybody gets who registers.
pub const USER: &str = "user";

/// What whoever does something to others may do, as it is now.
pub struct Authority {
    permissions: Permissions,
    /// The role whose row is locked.
    pub admin: Role,
}

/// The first statement of every transaction that changes roles, who holds more than `user`, or takes a way in from others: one
/// fixed row, the role `admin`, is locked, so that the next such transaction reads what this one wrote. Locking the people
/// themselves would not do: two admins who demote each other would both pass.
pub async fn lock(tx: &Tx) -> Result<Role, DbErr> {
    let admin = role::Entity::find().filter(role::Column::Name.eq(ADMIN)).lock_exclusive().one(tx).await?;
    admin.ok_or_else(|| DbErr::RecordNotFound("the role `admin`".to_owned()))
}

impl Authority {
    /// Begins a transaction as [`lock`] says.
    ///
    /// The actor must hold `needed` now, and the session they act with must be there: the guard asked before the form was read,
    /// which may have taken half a minute.
    pub async fn lock(tx: &Tx, actor: &Actor<'_>, needed: Permission) -> Result<Self> {
        let admin = lock(tx).await?;
        let permissions = match actor.user {
            None => Permissions::all(),
            Some(user) if is_here(tx, user.id, actor.session).await? => permissions_of(tx, user.id).await?,
            Some(_) => return Err(Error::Beyond),
        };
        if permissions.allow(needed) { Ok(Self { permissions, admin }) } else { Err(Error::Beyond) }
    }

    /// The person as they are now, locked. Refuses where they hold a permission that the actor lacks.
    pub async fn over(&self, tx: &Tx, user_id: i64) -> Result<User> {
        let user = accounts::lock(tx, user_id).await?.ok_or(Error::Gone)?;
        self.covers(&permissions_of(tx, user_id).await?)?;
        Ok(user)
    }

    /// The same for what nobody may do to themselves: it would take the place of their own password.
    pub async fn over_other(&self, tx: &Tx, actor: &Actor<'_>, user_id: i64) -> Result<User> {
        if actor.user.is_some_and(|user| user.id == user_id) { Err(Error::Beyond) } else { self.over(tx, user_id).await }
    }

    /// Refuses where a change of roles would add to or take from what somebody above the actor may do. `changed` says what
    /// each role, by its id, allows only before or only after.
    pub async fn covers_holders(&self, tx: &Tx, roles: &[Role], changed: &BTreeMap<i64, Permissions>) -> Result<()> {
        for (id, difference) in changed {
            let untouched = |role: &Role| Permissions::of(&role.effective).include(difference);
            let above = roles.iter().filter(|role| !self.permissions.include(&Permissions::of(&role.effective)) && !untouched(role));
            let above: Vec<i64> = above.map(|role| role.id).filter(|above| above != id).collect();
            let holders = user_role::Entity::find().select_only().column(user_role::Column::UserId);
            let of_both = holders
                .clone()
                .filter(user_role::Column::RoleId.eq(*id))
                .filter(user_role::Column::UserId.in_subquery(holders.filter(user_role::Column::RoleId.is_in(above.clone())).into_query()));
            if !above.is_empty() && of_both.limit(1).into_tuple::<i64>().one(tx).await?.is_some() {
                return Err(Error::Beyond);
            }
        }
        Ok(())
    }

    /// Refuses what the actor cannot do, and so must not hand on or take away.
    pub fn covers(&self, permissions: &Permissions) -> Result<()> {
        if self.permissions.include(permissions) { Ok(()) } else { Err(Error::Beyond) }
    }
}

/// Whether somebody who was let in a while ago still would be.
pub async fn may_still(connection: &impl ConnectionTrait, actor: &Actor<'_>, permission: Permission) -> Result<bool, DbErr> {
    let Some(user) = actor.user else { return Ok(true) };
    Ok(is_here(connection, user.id, actor.session).await? && permissions_of(connection, user.id).await?.allow(permission))
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

/// Active, and not signed out since.
async fn is_here(connection: &impl ConnectionTrait, user_id: i64, session: Option<&str>) -> Result<bool, DbErr> {
    let active = user::Entity::find_by_id(user_id).filter(user::Column::DeactivatedAt.is_null()).one(connection).await?.is_some();
    let Some(public_id) = session else { return Ok(active) };
    Ok(active && sessions::is_there(connection, user_id, public_id).await?)
}

/// Refuses where nobody else is an admin who can sign in: by a password, or an identity at a provider that is set up.
pub async fn ensure_admin_besides(tx: &Tx, config: &Config, user_id: i64) -> Result<()> {
    let is_admin = admins().filter(user::Column::Id.eq(user_id)).into_tuple::<i64>().one(tx).await?.is_some();
    let others = admins().filter(user::Column::Id.ne(user_id)).filter(can_sign_in(config));
    if is_admin && others.into_tuple::<i64>().one(tx).await?.is_none() { Err(Error::LastAdmin) } else { Ok(()) }
}

pub async fn has_admin(connection: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(admins().into_tuple::<i64>().one(connection).await?.is_some())
}

fn can_sign_in(config: &Config) -> Condition {
    let providers = config.providers.iter().map(|provider| provider.name.as_str());
    let connected = identity::Entity::find().select_only().column(identity::Column::UserId);
    let connected = connected.filter(identity::Column::Provider.is_in(providers));
    Condition::any().add(user::Column::PasswordHash.is_not_null()).add(user::Column::Id.in_subquery(connected.into_query()))
}

/// Ids of those who are not deactivated.
fn admins() -> Select<user_role::Entity> {
    user_role::Entity::find()
        .select_only()
        .column(user_role::Column::UserId)
        .join(JoinType::InnerJoin, user_role::Relation::Role.def())
        .join(JoinType::InnerJoin, user_role::Relation::User.def())
        .filter(role::Column::Name.eq(ADMIN))
        .filter(user::Column::DeactivatedAt.is_null())
        .limit(1)
}
