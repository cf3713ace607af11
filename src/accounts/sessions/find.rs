use super::Key;
use crate::{
    accounts::{Permission, Permissions, User},
    db::{Db, Timestamp},
    entity::{role, session, user, user_role},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryResult, QuerySelect,
    QueryTrait, RelationTrait, Statement,
};
use std::sync::OnceLock;

/// Whoever a request comes from: all that a page knows about them, from one query.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub user: User,
    pub permissions: Permissions,
    pub session: session::Model,
}

impl Viewer {
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.allow(permission)
    }
}

/// The session, and who is signed in with it, if it has not ended. A deactivated person is nobody.
pub async fn find(db: &Db, key: &Key) -> Result<Option<(session::Model, Option<Viewer>)>, DbErr> {
    let now = Timestamp::now();
    let values = [key.as_str().into(), now.into(), now.into()];
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.backend(), sql(db.backend()), values)).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let session = session::Model::from_query_result(first, "A_")?;
    let user = user::Model::from_query_result_optional(first, "B_")?;
    let viewer = match user {
        Some(user) if user.is_active() => Some(Viewer { user, permissions: permissions(&rows)?, session: session.clone() }),
        _ => None,
    };
    Ok(Some((session, viewer)))
}

/// A row for each role that the person holds.
fn permissions(rows: &[QueryResult]) -> Result<Permissions, DbErr> {
    let mut permissions = Permissions::default();
    for row in rows {
        if let Some(effective) = row.try_get::<Option<String>>("", "effective")? {
            permissions.add(&effective);
        }
    }
    Ok(permissions)
}

/// Written as a typed query, built once: building it for each page would double its cost. Only the values change.
fn sql(backend: DbBackend) -> &'static str {
    static SQL: [OnceLock<String>; 3] = [const { OnceLock::new() }; 3];
    let built = match backend {
        DbBackend::Sqlite => &SQL[0],
        DbBackend::Postgres => &SQL[1],
        _ => &SQL[2],
    };
    built.get_or_init(|| {
        let now = Timestamp::now();
        session::Entity::find()
            .filter(session::Column::Id.eq(""))
            .filter(session::Column::IdleAt.gt(now))
            .filter(session::Column::EndsAt.gt(now))
            .find_also_related(user::Entity)
            .join(JoinType::LeftJoin, user_role::Relation::User.def().rev())
            .join(JoinType::LeftJoin, user_role::Relation::Role.def())
            .column_as(role::Column::Effective, "effective")
            .build(backend)
            .sql
    })
}
