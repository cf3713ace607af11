use super::Db;
use anyhow::{Context, Result, bail, ensure};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use std::path::{Path, absolute};
use tempfile::NamedTempFile;

/// Copies an SQLite database, whole as it is at one moment, while others go on writing. The copy is for its owner alone, and has
/// its name only once it is whole.
pub async fn backup(db: &Db, file: &Path) -> Result<()> {
    match db.backend() {
        DbBackend::Sqlite => {}
        DbBackend::Postgres => bail!("this backs up SQLite. For PostgreSQL there is pg_dump"),
        _ => bail!("this backs up SQLite. For MySQL there is mysqldump, for MariaDB mariadb-dump"),
    }
    ensure!(file.symlink_metadata().is_err(), "{} is there already. Name a new file", file.display());
    let cannot_write = || format!("cannot write {}. Is there such a folder, and may you write to it?", file.display());
    // Absolute, since SQLite takes some names for something else than a file.
    let file = absolute(file).with_context(cannot_write)?;
    let draft = NamedTempFile::new_in(file.parent().with_context(cannot_write)?).with_context(cannot_write)?;
    let name = draft.path().to_str().context("the name of the folder must be text")?;
    let copy = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [name.into()]);
    db.connection().execute_raw(copy).await.with_context(cannot_write)?;
    draft.as_file().sync_all().with_context(cannot_write)?;
    draft.persist_noclobber(&file).with_context(cannot_write)?;
    Ok(())
}
