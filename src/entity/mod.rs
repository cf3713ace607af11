//! One file a table: columns, relations, and the questions that a row answers about itself.
pub mod audit;
pub mod device;
pub mod identity;
pub mod installation;
pub mod job;
pub mod oauth_attempt;
pub mod post;
pub mod provider_token;
pub mod refresh_lease;
pub mod role;
pub mod role_include;
pub mod session;
pub mod throttle;
pub mod token;
pub mod user;
pub mod user_role;

use crate::db::Db;
use sea_orm::{
    ConnectionTrait, DbErr, EntityTrait, QueryTrait,
    sea_query::{Expr, ExprTrait},
};

/// What the database lacks of what the entities read, a line for each table.
pub async fn missing(db: &Db) -> Result<Vec<String>, DbErr> {
    let mut missing = Vec::new();
    missing.extend(lacks::<audit::Entity>(db).await?);
    missing.extend(lacks::<device::Entity>(db).await?);
    missing.extend(lacks::<identity::Entity>(db).await?);
    missing.extend(lacks::<installation::Entity>(db).await?);
    missing.extend(lacks::<job::Entity>(db).await?);
    missing.extend(lacks::<oauth_attempt::Entity>(db).await?);
    missing.extend(lacks::<post::Entity>(db).await?);
    missing.extend(lacks::<provider_token::Entity>(db).await?);
    missing.extend(lacks::<refresh_lease::Entity>(db).await?);
    missing.extend(lacks::<role::Entity>(db).await?);
    missing.extend(lacks::<role_include::Entity>(db).await?);
    missing.extend(lacks::<session::Entity>(db).await?);
    missing.extend(lacks::<throttle::Entity>(db).await?);
    missing.extend(lacks::<token::Entity>(db).await?);
    missing.extend(lacks::<user::Entity>(db).await?);
    missing.extend(lacks::<user_role::Entity>(db).await?);
    Ok(missing)
}

/// Asks for no row, but for every column.
async fn lacks<E: EntityTrait + Default>(db: &Db) -> Result<Option<String>, DbErr> {
    let mut query = E::find().into_query();
    query.and_where(Expr::val(1).eq(2));
    match db.query_all(&query).await {
        Ok(_) => Ok(None),
        Err(error @ (DbErr::Exec(_) | DbErr::Query(_))) if !crate::db::is_away(&error) => {
            Ok(Some(format!("{}: {error}", E::default().table_name())))
        }
        Err(error) => Err(error),
    }
}
