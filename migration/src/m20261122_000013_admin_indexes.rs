use crate::columns::{drop_index, index};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What the admin area sorts and filters by; columns that hold the same for many are followed by what their rows are sorted by.
const INDEXES: [(&str, &[&str]); 9] = [
    ("users", &["created_at", "id"]),
    ("users", &["deactivated_at"]),
    ("users", &["email_confirmed_at"]),
    ("tokens", &["user_id"]),
    ("tokens", &["expires_at"]),
    ("audit", &["actor_id", "at"]),
    ("audit", &["target", "at"]),
    ("audit", &["action", "at"]),
    ("audit", &["outcome", "at"]),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns) in INDEXES {
            index(manager, table, columns).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns) in INDEXES {
            drop_index(manager, table, columns).await?;
        }
        Ok(())
    }
}
