use crate::columns::*;
use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = table(manager, "installation").col(key(manager, "id", 43).primary_key()).to_owned();
        manager.create_table(table).await?;
        let found = Query::select().column("id").from("installation").take();
        if manager.get_connection().query_one(&found).await?.is_some() {
            return Ok(());
        }
        let row = Query::insert().into_table("installation").columns(["id"]).values_panic([random().into()]).take();
        manager.execute(row).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("installation").if_exists().take()).await
    }
}

/// 128 bits in hexadecimal.
fn random() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
