//! Who holds which role.
use super::{
    ADMIN, Hierarchy, Role, USER,
    authority::{Authority, ensure_admin_besides},
};
use crate::{
    accounts::{
        self, Actor, Client, Error,
        Permission::ManageRoles,
        Permissions, Result, User,
        audit::{self, Action, Entry},
        sessions::{self, Renewal},
        tokens,
    },
    config::Config,
    db::{Db, Tx, writing},
    entity::{role, user_role},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
};
use std::collections::BTreeSet;

/// By name.
pub async fn held_by(connection: &impl ConnectionTrait, user_id: i64) -> Result<Vec<Role>, DbErr> {
    role::Entity::find()
        .join(JoinType::InnerJoin, user_role::Relation::Role.def().rev())
        .filter(user_role::Column::UserId.eq(user_id))
        .order_by_asc(role::Column::Name)
        .all(connection)
        .await
}

/// Answers whether it changed anything, as all verbs here do.
pub async fn grant(db: &Db, config: &Config, actor: &Actor<'_>, user: &User, role: &str) -> Result<bool> {
    change(db, config, actor, user, None, |held| held | &[role.to_owned()].into()).await
}

pub async fn revoke(db: &Db, config: &Config, actor: &Actor<'_>, user: &User, role: &str) -> Result<bool> {
    change(db, config, actor, user, None, |held| held - &[role.to_owned()].into()).await
}

/// From now on the person holds these and no others. Whoever may do more than before has no link open that somebody made who
/// may do less, and whoever may do less none that they made for others. `renewal` moves the session of somebody who changes their own.
pub async fn set(
    db: &Db,
    config: &Config,
    actor: &Actor<'_>,
    user: &User,
    roles: &BTreeSet<String>,
    renewal: Option<&Renewal>,
) -> Result<bool> {
    change(db, config, actor, user, renewal, |_| roles.clone()).await
}

type Names = BTreeSet<String>;

async fn change(
    db: &Db,
    config: &Config,
    actor: &Actor<'_>,
    user: &User,
    renewal: Option<&Renewal>,
    decide: impl FnOnce(&Names) -> Names,
) -> Result<bool> {
    let tx = writing(db).await?;
    let authority = Authority::lock(&tx, actor, ManageRoles).await?;
    let user = authority.over(&tx, user.id).await?;
    let hierarchy = Hierarchy::read(&tx).await?;
    let held: Names = held_by(&tx, user.id).await?.into_iter().map(|role| role.name).collect();
    let wanted = decide(&held);
    if held == wanted {
        return Ok(false);
    }
    let (given, taken) = (named(&hierarchy, &wanted - &held)?, named(&hierarchy, &held - &wanted)?);
    authority.covers(&given.iter().chain(&taken).map(|role| role.effective.as_str()).collect::<Permissions>())?;
    if taken.iter().any(|role| role.name == ADMIN) {
        ensure_admin_besides(&tx, config, user.id).await?;
    }
    write(&tx, &user, &given, &taken).await?;
    if let Some(renewal) = renewal {
        sessions::rotate(&tx, renewal).await?;
    }
    if given.iter().any(|role| !role.effective.is_empty()) {
        tokens::void(&tx, user.id, None).await?;
    }
    if taken.iter().any(|role| !role.effective.is_empty()) {
        tokens::void_made_by(&tx, user.id).await?;
    }
    let detail = format!("{}; roles {} → {}", changes(&held, &wanted), list(&held), list(&wanted));
    tell(&tx, config, actor, &user, &wanted).await?;
    audit::record(&tx, actor.client, Entry::of(actor, Action::ChangeRoles).on_user(&user).detail(detail)).await?;
    tx.commit().await?;
    Ok(true)
}

/// Who changes their own knows.
async fn tell(tx: &Tx, config: &Config, actor: &Actor<'_>, user: &User, roles: &Names) -> Result<(), DbErr> {
    if actor.user.is_some_and(|actor| actor.id == user.id) {
        return Ok(());
    }
    accounts::notify(tx, config, user, &format!("An administrator changed your roles. They are now: {}.", list(roles)), None).await
}

fn named(hierarchy: &Hierarchy, names: Names) -> Result<Vec<&Role>> {
    names.iter().map(|name| hierarchy.role(name).ok_or_else(|| Error::NoSuchRole(name.clone()))).collect()
}

async fn write(tx: &Tx, user: &User, given: &[&Role], taken: &[&Role]) -> Result<(), DbErr> {
    if !taken.is_empty() {
        user_role::Entity::delete_many()
            .filter(user_role::Column::UserId.eq(user.id))
            .filter(user_role::Column::RoleId.is_in(taken.iter().map(|role| role.id)))
            .exec(tx)
            .await?;
    }
    for role in given {
        insert(tx, user.id, role).await?;
    }
    Ok(())
}

/// Back to what everybody has who registers.
pub async fn strip(tx: &Tx, client: &Client, user: &User) -> Result<()> {
    let held = held_by(tx, user.id).await?;
    let (user_roles, others): (Vec<&Role>, Vec<&Role>) = held.iter().partition(|role| role.name == USER);
    write(tx, user, &[], &others).await?;
    if !others.is_empty() {
        let names = others.iter().map(|role| format!("-{}", role.name)).collect::<Vec<_>>().join(" ");
        audit::record(tx, client, Entry::about(Some(user), Action::ChangeRoles).detail(names)).await?;
    }
    if user_roles.is_empty() {
        let role = super::find(tx, USER).await?.ok_or_else(|| Error::NoSuchRole(USER.to_owned()))?;
        insert(tx, user.id, &role).await?;
    }
    Ok(())
}

/// To somebody who does not hold it yet.
pub async fn insert(tx: &Tx, user_id: i64, role: &Role) -> Result<(), DbErr> {
    let row = user_role::ActiveModel { user_id: Set(user_id), role_id: Set(role.id) };
    user_role::Entity::insert(row).exec_without_returning(tx).await.map(drop)
}

/// As `+admin -user`.
pub fn changes(before: &Names, after: &Names) -> String {
    let (more, less) = (after - before, before - after);
    let words = more.iter().map(|name| format!("+{name}")).chain(less.iter().map(|name| format!("-{name}")));
    words.collect::<Vec<_>>().join(" ")
}

pub fn list(names: &BTreeSet<String>) -> String {
    if names.is_empty() { "none".to_owned() } else { Vec::from_iter(names.iter().map(String::as_str)).join(", ") }
}
