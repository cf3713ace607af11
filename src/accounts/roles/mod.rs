//! Roles: what each allows, which it includes, who holds it. Nobody hands on or takes away what they could not do themselves.
mod authority;
mod draft;
mod grants;
mod hierarchy;

pub use crate::entity::role::Model as Role;
pub use authority::{ADMIN, Authority, USER, ensure_admin_besides, has_admin, lock, may_still, permissions_of};
pub use draft::Draft;
pub use grants::{grant, held_by, insert, revoke, set, strip};
pub use hierarchy::Hierarchy;

use super::{
    Actor, Error, Permission,
    Permission::ManageRoles,
    Permissions, Result,
    audit::{self, Action, Entry},
    people::Count,
    tokens,
};
use crate::{
    db::{Db, Tx, writing},
    entity::{role, role_include, user_role},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, SqlErr, sea_query::Expr};
use std::collections::BTreeSet;

pub async fn find(connection: &impl ConnectionTrait, name: &str) -> Result<Option<Role>, DbErr> {
    let role = role::Entity::find().filter(role::Column::Name.eq(name)).one(connection).await?;
    // MySQL takes blanks at the end for nothing.
    Ok(role.filter(|role| role.name == name))
}

pub async fn get(db: &Db, id: i64) -> Result<Option<Role>, DbErr> {
    role::Entity::find_by_id(id).one(db).await
}

/// How many hold it.
pub async fn holders(connection: &impl ConnectionTrait, role: &Role) -> Result<Count, DbErr> {
    Count::of(connection, user_role::Entity::find().filter(user_role::Column::RoleId.eq(role.id))).await
}

pub async fn create(db: &Db, actor: &Actor<'_>, draft: &Draft) -> Result<Role> {
    let tx = writing(db).await?;
    let authority = Authority::lock(&tx, actor, ManageRoles).await?;
    let row = role::ActiveModel {
        name: Set(draft.name.to_string()),
        description: Set(draft.description.clone()),
        permissions: Set(draft.permissions.to_text()),
        effective: Set(String::new()),
        ..Default::default()
    };
    let role = role::Entity::insert(row).exec_with_returning(&tx).await.map_err(taken)?;
    include(&tx, &role, &draft.includes).await?;
    settle(&tx, &authority).await?;
    let detail = draft.describe();
    audit::record(&tx, actor.client, Entry::of(actor, Action::CreateRole).on_role(&role).detail(detail)).await?;
    tx.commit().await?;
    Ok(role)
}

/// Refuses for `admin`, which allows everything for good; `user` keeps its name. Answers whether it changed anything.
pub async fn update(db: &Db, actor: &Actor<'_>, role: &Role, draft: &Draft) -> Result<bool> {
    change(db, actor, role, |_| draft.clone()).await
}

pub async fn add_permissions(db: &Db, actor: &Actor<'_>, role: &Role, permissions: &[Permission]) -> Result<bool> {
    let added = |draft: Draft| Draft { permissions: draft.permissions.iter().chain(permissions.iter().copied()).collect(), ..draft };
    change(db, actor, role, added).await
}

pub async fn remove_permissions(db: &Db, actor: &Actor<'_>, role: &Role, permissions: &[Permission]) -> Result<bool> {
    let left = |draft: Draft| Draft { permissions: draft.permissions.iter().filter(|one| !permissions.contains(one)).collect(), ..draft };
    change(db, actor, role, left).await
}

async fn change(db: &Db, actor: &Actor<'_>, role: &Role, decide: impl FnOnce(Draft) -> Draft) -> Result<bool> {
    let tx = writing(db).await?;
    let authority = Authority::lock(&tx, actor, ManageRoles).await?;
    let hierarchy = Hierarchy::read(&tx).await?;
    let role = hierarchy.roles.iter().find(|row| row.id == role.id).ok_or(Error::Gone)?;
    let before = Draft::of(&hierarchy, role);
    let after = decide(before.clone());
    if before == after {
        return Ok(false);
    }
    if role.name == ADMIN || (role.name == USER && after.name.as_str() != USER) {
        return Err(Error::Fixed);
    }
    authority.covers(&Permissions::of(&role.effective))?;
    let update = role::Entity::update_many()
        .col_expr(role::Column::Name, Expr::value(after.name.as_str()))
        .col_expr(role::Column::Description, Expr::value(after.description.as_str()))
        .col_expr(role::Column::Permissions, Expr::value(after.permissions.to_text_beside(&role.permissions)))
        .filter(role::Column::Id.eq(role.id));
    update.exec(&tx).await.map_err(taken)?;
    role_include::Entity::delete_many().filter(role_include::Column::RoleId.eq(role.id)).exec(&tx).await?;
    include(&tx, role, &after.includes).await?;
    settle(&tx, &authority).await?;
    let detail = format!("{}; {} → {}", draft::changes(&before, &after), before.describe(), after.describe());
    audit::record(&tx, actor.client, Entry::of(actor, Action::UpdateRole).on_role(role).detail(detail)).await?;
    tx.commit().await?;
    Ok(true)
}

/// Those without which the app could not go on.
pub fn is_built_in(role: &Role) -> bool {
    [ADMIN, USER].contains(&role.name.as_str())
}

/// Whoever holds it loses it. Refuses those that are built in.
pub async fn delete(db: &Db, actor: &Actor<'_>, role: &Role) -> Result<bool> {
    if is_built_in(role) {
        return Err(Error::Fixed);
    }
    let tx = writing(db).await?;
    let authority = Authority::lock(&tx, actor, ManageRoles).await?;
    let hierarchy = Hierarchy::read(&tx).await?;
    let Some(role) = hierarchy.roles.iter().find(|row| row.id == role.id) else { return Ok(false) };
    let allowed = Permissions::of(&role.effective);
    authority.covers(&allowed)?;
    authority.covers_holders(&tx, &hierarchy.roles, &[(role.id, allowed)].into()).await?;
    let held_by = holders(&tx, role).await?;
    tokens::void_of_holders(&tx, role.id).await?;
    role::Entity::delete_by_id(role.id).exec(&tx).await?;
    settle(&tx, &authority).await?;
    let detail = format!("{}; was held by {held_by}", Draft::of(&hierarchy, role).describe());
    audit::record(&tx, actor.client, Entry::of(actor, Action::DeleteRole).on_role(role).detail(detail)).await?;
    tx.commit().await?;
    Ok(true)
}

/// Brings every `effective` column up to date at start, as after a migration that wrote roles. Writes nothing where all are.
pub async fn derive(db: &Db) -> Result<()> {
    let hierarchy = Hierarchy::read(db).await?;
    if hierarchy.roles.iter().all(|role| role.effective == hierarchy.effective(role)) {
        return Ok(());
    }
    let tx = writing(db).await?;
    let authority = Authority::lock(&tx, &Actor::command_line(&super::Client::command_line()), ManageRoles).await?;
    settle(&tx, &authority).await?;
    Ok(tx.commit().await?)
}

async fn include(tx: &Tx, role: &Role, included: &BTreeSet<String>) -> Result<()> {
    for name in included {
        let included = find(tx, name).await?.ok_or_else(|| Error::NoSuchRole(name.clone()))?;
        if included.name == ADMIN {
            return Err(Error::Fixed);
        }
        let row = role_include::ActiveModel { role_id: Set(role.id), included_id: Set(included.id) };
        role_include::Entity::insert(row).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Rewrites what every role allows in effect, and refuses a circle or what the actor could not do themselves.
async fn settle(tx: &Tx, authority: &Authority) -> Result<()> {
    let hierarchy = Hierarchy::read(tx).await?;
    if hierarchy.has_cycle() {
        return Err(Error::Cycle);
    }
    let after = |role: &Role| Permissions::of(&hierarchy.effective(role));
    let changed: Vec<&Role> = hierarchy.roles.iter().filter(|role| hierarchy.effective(role) != role.effective).collect();
    let differences = changed.iter().map(|role| (role.id, Permissions::of(&role.effective).difference(&after(role))));
    authority.covers_holders(tx, &hierarchy.roles, &differences.collect()).await?;
    for role in changed {
        authority.covers(&Permissions::of(&role.effective))?;
        authority.covers(&after(role))?;
        tokens::void_of_holders(tx, role.id).await?;
        let effective = hierarchy.effective(role);
        let update = role::Entity::update_many().col_expr(role::Column::Effective, Expr::value(effective));
        update.filter(role::Column::Id.eq(role.id)).exec(tx).await?;
    }
    Ok(())
}

fn taken(error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::RoleTaken,
        _ => Error::Database(error),
    }
}
