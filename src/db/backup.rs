use super::{Db, create_private};
use anyhow::{Context, Result, bail, ensure};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use std::path::Path;

/// Copies an SQLite database, whole as it is at one moment, while others go on writing. The copy is for its owner alone.
pub async fn backup(db: &Db, file: &Path) -> Result<()> {
    match db.backend() {
        DbBackend::Sqlite => {}
        DbBackend::Postgres => bail!("this backs up SQLite. For PostgreSQL there is pg_dump"),
        _ => bail!("this backs up SQLite. For MySQL there is mysqldump, for MariaDB mariadb-dump"),
    }
    ensure!(!file.exists(), "{} is there already. Name a new file", file.display());
    create_private(file).with_context(|| format!("cannot create {}", file.display()))?;
    let name = file.to_str().context("the name of the file must be text")?;
    let copy = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [name.into()]);
    let copied = db.connection().execute_raw(copy).await;
    if copied.is_err() {
        std::fs::remove_file(file).ok();
    }
    copied.map(drop).with_context(|| format!("cannot write {}", file.display()))
}
