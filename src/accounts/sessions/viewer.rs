use super::Key;
use crate::{
    accounts::{Permission, Permissions, User},
    config::Config,
    db::{Db, Timestamp},
    entity::{role, session, user, user_role},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, Iterable, JoinType, QueryFilter, QueryResult,
    QuerySelect, QueryTrait, RelationTrait, Statement,
};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

/// What a request needs of its row; the page of somebody's sessions reads the entity.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Session {
    pub key: Key,
    pub public_id: String,
    pub user_id: Option<i64>,
    pub data: String,
    pub remember: bool,
    pub last_seen_at: Timestamp,
    pub proven_at: Option<Timestamp>,
    pub ends_at: Timestamp,
}

impl Session {
    pub fn was_proven_within(&self, duration: Duration) -> bool {
        self.proven_at.is_some_and(|proven| !proven.is_from_the_future() && Timestamp::now().since(proven) <= duration)
    }
}

/// Whoever a request comes from: all that a page knows about them, from one query.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub user: User,
    pub permissions: Permissions,
    pub session: Arc<Session>,
    pub confirmation: Confirmation,
}

/// Whether somebody has shown that their address is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// Or there is no mail by which they could.
    Given,
    /// The account works, but for what needs it.
    Pending,
    /// Nothing works before.
    Demanded,
}

impl Confirmation {
    fn of(config: &Config, user: &User) -> Self {
        match () {
            () if user.email_confirmed_at.is_some() || !config.has_mail() => Self::Given,
            () if config.confirms_before() => Self::Demanded,
            () => Self::Pending,
        }
    }
}

impl Viewer {
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.allow(permission)
    }
}

/// A session, and who is signed in with it.
pub type Found = (Arc<Session>, Option<Viewer>);

/// A clock that was set back by less than this signs nobody out.
const SET_BACK: Duration = Duration::from_secs(60 * 60);

/// None once it has ended, or where it began under a clock that was set back since: it would last too long. A deactivated
/// person is nobody.
pub async fn find(db: &Db, config: &Config, key: &Key) -> Result<Option<Found>, DbErr> {
    let now = Timestamp::now();
    let values = [key.as_str().into(), now.into(), now.into(), now.after(SET_BACK).into()];
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.backend(), sql(db.backend()), values)).await?;
    Ok(read(config, &rows).unwrap_or_else(|error| {
        tracing::error!(%error, "a session cannot be read, and counts as none");
        None
    }))
}

fn read(config: &Config, rows: &[QueryResult]) -> Result<Option<Found>, DbErr> {
    let Some(first) = rows.first() else { return Ok(None) };
    let session = Arc::new(Session::from_query_result(first, "")?);
    if session.user_id.is_none() {
        return Ok(Some((session, None)));
    }
    let user = User::from_query_result(first, "")?;
    let viewer = match user.is_active() {
        true => Some(viewer(config, user, permissions(rows)?, session.clone())),
        false => None,
    };
    Ok(Some((session, viewer)))
}

/// Permissions count for nothing before the address is confirmed.
fn viewer(config: &Config, user: User, permissions: Permissions, session: Arc<Session>) -> Viewer {
    let confirmation = Confirmation::of(config, &user);
    let permissions = if confirmation == Confirmation::Given { permissions } else { Permissions::default() };
    Viewer { user, permissions, session, confirmation }
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
/// The columns of a person keep their names, so that none of a session's may have the same.
fn sql(backend: DbBackend) -> &'static str {
    use session::Column::{CreatedAt, Data, EndsAt, Id, IdleAt, LastSeenAt, ProvenAt, PublicId, Remember, UserId};
    static SQL: [OnceLock<String>; 3] = [const { OnceLock::new() }; 3];
    let built = match backend {
        DbBackend::Sqlite => &SQL[0],
        DbBackend::Postgres => &SQL[1],
        _ => &SQL[2],
    };
    built.get_or_init(|| {
        let now = Timestamp::now();
        session::Entity::find()
            .select_only()
            .column_as(Id, "key")
            .columns([PublicId, UserId, Data, Remember, LastSeenAt, ProvenAt, EndsAt])
            .columns(user::Column::iter())
            .column_as(role::Column::Effective, "effective")
            .join(JoinType::LeftJoin, session::Relation::User.def())
            .join(JoinType::LeftJoin, user_role::Relation::User.def().rev())
            .join(JoinType::LeftJoin, user_role::Relation::Role.def())
            .filter(Id.eq(""))
            .filter(IdleAt.gt(now))
            .filter(EndsAt.gt(now))
            .filter(CreatedAt.lte(now))
            .build(backend)
            .sql
    })
}
