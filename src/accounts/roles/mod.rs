//! Roles: what each allows, which it includes, who holds it. Nobody hands on or takes away what they could not do themselves.
mod authority;
mod draft;
mod grants;
mod hierarchy;

pub use crate::entity::role::Model as Role;
pub use authority::{ADMIN, Authority, USER, ensure_admin_besides, has_admin, permissions_of};
pub use draft::Draft;
pub use grants::{grant, held_by, insert, revoke, set};
pub use hierarchy::Hierarchy;

use super::{
    Actor, Error, Permission,
    Permission::ManageRoles,
    Permissions, Result,
    audit::{self, Action, Entry},
    tokens,
};
use crate::{
    db::{Db, Tx, writing},
    entity::{role, role_include, user_role},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, SqlErr,
    sea_query::{Asterisk, Expr, Func},
};
use std::collections::{BTreeSet, HashMap};

pub async fn find(connection: &impl ConnectionTrait, name: &str) -> Result<Option<Role>, DbErr> {
    role::Entity::find().filter(role::Column::Name.eq(name)).one(connection).await
}

pub async fn get(db: &Db, id: i64) -> Result<Option<Role>, DbErr> {
    role::Entity::find_by_id(id).one(db).await
}

/// How many hold each, by its id.
pub async fn holders(db: &Db) -> Result<HashMap<i64, u64>, DbErr> {
    let query = user_role::Entity::find().select_only().column(user_role::Column::RoleId);
    let query = query.expr_as(Func::count(Expr::col(Asterisk)), "holders").group_by(user_role::Column::RoleId);
    let rows: Vec<(i64, i64)> = query.into_tuple().all(db).await?;
    Ok(rows.into_iter().map(|(role, holders)| (role, holders as u64)).collect())
}

pub async fn count_holders(db: &Db, role: &Role) -> Result<u64, DbErr> {
    user_role::Entity::find().filter(user_role::Column::RoleId.eq(role.id)).count(db).await
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
    audit::record(&tx, actor.client, Entry::of(actor, Action::CreateRole).on("role", role.id).detail(detail)).await?;
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
    audit::record(&tx, actor.client, Entry::of(actor, Action::UpdateRole).on("role", role.id).detail(detail)).await?;
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
    authority.covers(&Permissions::of(&role.effective))?;
    role::Entity::delete_by_id(role.id).exec(&tx).await?;
    settle(&tx, &authority).await?;
    let detail = Draft::of(&hierarchy, role).describe();
    audit::record(&tx, actor.client, Entry::of(actor, Action::DeleteRole).on("role", role.id).detail(detail)).await?;
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
        let included = find(tx, name).await?.ok_or(Error::Gone)?;
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
    for role in &hierarchy.roles {
        let effective = hierarchy.effective(role);
        if effective == role.effective {
            continue;
        }
        let (before, after) = (Permissions::of(&role.effective), Permissions::of(&effective));
        authority.covers(&before)?;
        authority.covers(&after)?;
        if !before.include(&after) {
            tokens::void_of_holders(tx, role.id).await?;
        }
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
