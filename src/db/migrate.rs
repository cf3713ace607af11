//! Migrations under a lock, so that any number of instances may start at once.
use super::{Timestamp, connect::connect_for_migrations, to_write};
use crate::config::{DatabaseUrl, PACKAGE};
use anyhow::{Context, Result, ensure};
use migration::{IntoSchemaManagerConnection, Migrator, MigratorTrait, Query, SchemaManager};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement, TransactionTrait};
use std::{collections::BTreeSet, path::Path};

const TABLE: &str = "seaql_migrations";

/// What the code knows against what the database has, oldest first.
#[derive(Debug, Default)]
pub struct Status {
    pub applied: Vec<String>,
    pub pending: Vec<String>,
    /// Applied by a newer version of this program.
    pub unknown: Vec<String>,
}

impl Status {
    fn ensure_known(&self) -> Result<()> {
        ensure!(
            self.unknown.is_empty(),
            "the database was migrated by a newer version of this program ({}). Run that version, or restore a backup made before it. If you changed branches, go back and `migrate down` there",
            self.unknown.join(", ")
        );
        Ok(())
    }

    /// For whatever reads or writes rows.
    pub fn ensure_current(&self) -> Result<()> {
        self.ensure_known()?;
        let pending = self.pending.len();
        ensure!(pending == 0, "migrations that the database lacks: {pending}. Run `{PACKAGE} migrate up`");
        Ok(())
    }
}

/// Applies what is pending and answers its names.
pub async fn up(url: &DatabaseUrl) -> Result<Vec<String>> {
    locked(url, async |tx| {
        let status = status_of(tx).await?;
        status.ensure_known()?;
        Migrator::up(tx, None).await.context(failed(url, "a migration failed"))?;
        Ok(status.pending)
    })
    .await
}

/// Reverts the newest `steps` migrations and answers their names.
pub async fn down(url: &DatabaseUrl, steps: u32) -> Result<Vec<String>> {
    locked(url, async |tx| {
        let status = status_of(tx).await?;
        status.ensure_known()?;
        Migrator::down(tx, Some(steps)).await.context(failed(url, "a migration could not be reverted"))?;
        // Asked, since they are reverted in the order of the list, which need not be that of their names.
        let left = status_of(tx).await?.applied;
        Ok(status.applied.into_iter().rev().filter(|name| !left.contains(name)).collect())
    })
    .await
}

/// Marks what is pending as applied without running it, for a database that has the tables already. Answers their names.
pub async fn stamp(url: &DatabaseUrl) -> Result<Vec<String>> {
    locked(url, async |tx| {
        let status = status_of(tx).await?;
        status.ensure_known()?;
        Migrator::install(tx).await?;
        for name in &status.pending {
            let row = Query::insert()
                .into_table(TABLE)
                .columns(["version", "applied_at"])
                .values_panic([name.as_str().into(), (Timestamp::now().0 / 1000).into()])
                .take();
            tx.execute(&row).await?;
        }
        Ok(status.pending)
    })
    .await
}

/// Reverts everything, which deletes all data, and applies everything anew.
pub async fn fresh(url: &DatabaseUrl) -> Result<()> {
    locked(url, async |tx| {
        status_of(tx).await?.ensure_known()?;
        Migrator::down(tx, None).await?;
        Ok(Migrator::up(tx, None).await?)
    })
    .await
}

pub async fn status(url: &DatabaseUrl) -> Result<Status> {
    // To look must not make one.
    ensure!(url.sqlite_path().is_none_or(Path::exists), "there is no database {url} yet. Run `{PACKAGE} migrate up`, which makes it");
    let connection = connect_for_migrations(url).await?;
    let status = status_of(&connection).await;
    connection.close().await?;
    Ok(status?)
}

async fn status_of<'c>(connection: impl IntoSchemaManagerConnection<'c>) -> Result<Status, DbErr> {
    let known: BTreeSet<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let found = applied(connection).await?;
    let names = |set: BTreeSet<&String>| set.into_iter().cloned().collect();
    Ok(Status {
        applied: names(known.intersection(&found).collect()),
        pending: names(known.difference(&found).collect()),
        unknown: names(found.difference(&known).collect()),
    })
}

/// Reads only: the table of migrations is made by the first of them.
async fn applied<'c>(connection: impl IntoSchemaManagerConnection<'c>) -> Result<BTreeSet<String>, DbErr> {
    let manager = SchemaManager::new(connection);
    if !manager.has_table(TABLE).await? {
        return Ok(BTreeSet::new());
    }
    let query = Query::select().column("version").from(TABLE).take();
    let rows = manager.get_connection().query_all(&query).await?;
    rows.iter().map(|row| row.try_get("", "version")).collect()
}

fn failed(url: &DatabaseUrl, what: &str) -> String {
    let state = if url.backend() == DbBackend::MySql { "those before it stay. Mend it and run this again" } else { "nothing was changed" };
    format!("{what}; {state}")
}

/// Runs `work` in one transaction that no other process can enter.
async fn locked<T>(url: &DatabaseUrl, work: impl AsyncFnOnce(&DatabaseTransaction) -> Result<T>) -> Result<T> {
    const BUSY: &str = "cannot lock the database for migrations. Does another process migrate it right now?";
    let named_lock = if url.backend() == DbBackend::MySql { Some(lock_by_name(url).await.context(BUSY)?) } else { None };
    let connection = connect_for_migrations(url).await?;
    let tx = lock(&connection).await.context(BUSY)?;
    let result = work(&tx).await;
    match result {
        Ok(_) => tx.commit().await?,
        Err(_) => tx.rollback().await?,
    }
    connection.close().await?;
    if let Some(lock) = named_lock {
        lock.close().await?;
    }
    result
}

/// MySQL commits at each change of the schema, so that no transaction can hold the lock: a connection of its own does.
async fn lock_by_name(url: &DatabaseUrl) -> Result<DatabaseConnection> {
    let connection = connect_for_migrations(url).await?;
    let sql = "SELECT GET_LOCK(CONCAT('migrate.', SHA1(DATABASE())), 60) AS locked";
    let row = connection.query_one_raw(Statement::from_string(DbBackend::MySql, sql)).await?;
    let locked: Option<i64> = row.context("GET_LOCK answers a row")?.try_get("", "locked")?;
    ensure!(locked == Some(1), "another process held the lock for a minute");
    Ok(connection)
}

async fn lock(connection: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let tx = connection.begin_with_options(to_write()).await?;
    if connection.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("SET LOCAL lock_timeout = '60s'").await?;
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")).await?;
    }
    Ok(tx)
}

/// Any number will do, as long as all versions share it.
const ADVISORY_LOCK: i64 = 0x006d_6967_7261_7465;
