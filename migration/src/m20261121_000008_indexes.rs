use crate::columns::{drop_index, index};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const INDEXES: [(&str, &str); 10] = [
    ("users", "name_key"),
    ("role_includes", "included_id"),
    ("user_roles", "role_id"),
    ("sessions", "user_id"),
    ("sessions", "idle_at"),
    ("sessions", "ends_at"),
    ("throttles", "resets_at"),
    ("audit", "at"),
    ("audit", "actor_id"),
    ("audit", "target"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in INDEXES {
            index(manager, table, &[column]).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in INDEXES {
            drop_index(manager, table, &[column]).await?;
        }
        Ok(())
    }
}
