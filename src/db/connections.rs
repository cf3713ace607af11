use super::Db;
use sea_orm::DbBackend;

/// How many a pool has.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    pub open: u32,
    pub idle: usize,
}

impl Db {
    /// Of the pool, now.
    pub fn connections(&self) -> Connections {
        let pool = self.connection();
        let (open, idle) = match self.backend() {
            #[cfg(feature = "sqlite")]
            DbBackend::Sqlite => (pool.get_sqlite_connection_pool().size(), pool.get_sqlite_connection_pool().num_idle()),
            #[cfg(feature = "postgres")]
            DbBackend::Postgres => (pool.get_postgres_connection_pool().size(), pool.get_postgres_connection_pool().num_idle()),
            #[cfg(feature = "mysql")]
            DbBackend::MySql => (pool.get_mysql_connection_pool().size(), pool.get_mysql_connection_pool().num_idle()),
            _ => (0, 0),
        };
        Connections { open, idle }
    }
}
