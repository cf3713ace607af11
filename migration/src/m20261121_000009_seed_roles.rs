use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Each step looks first, since MySQL may have done some of them before it was interrupted.
/// Name, description, permissions and their effective sum, the role that is included.
const ROLES: [(&str, &str, &str, Option<&str>); 3] = [
    ("user", "Everybody who registers.", "", None),
    ("moderator", "Keeps posts in order.", "posts.moderate", Some("user")),
    ("admin", "May do everything.", "*", Some("moderator")),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, description, permissions, included) in ROLES {
            if role_id(manager, name).await?.is_none() {
                let role = Query::insert()
                    .into_table("roles")
                    .columns(["name", "description", "permissions", "effective"])
                    .values_panic([name.into(), description.into(), permissions.into(), permissions.into()])
                    .take();
                manager.execute(role).await?;
            }
            if let Some(included) = included {
                include(manager, name, included).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let names = ROLES.map(|(name, ..)| name);
        manager.execute(Query::delete().from_table("roles").and_where(Expr::col("name").is_in(names)).take()).await
    }
}

async fn include(manager: &SchemaManager<'_>, name: &str, included: &str) -> Result<(), DbErr> {
    let pair = (role_id(manager, name).await?, role_id(manager, included).await?);
    let same = Query::select()
        .column("role_id")
        .from("role_includes")
        .and_where(Expr::col("role_id").eq(pair.0))
        .and_where(Expr::col("included_id").eq(pair.1))
        .take();
    if manager.get_connection().query_one(&same).await?.is_some() {
        return Ok(());
    }
    let row =
        Query::insert().into_table("role_includes").columns(["role_id", "included_id"]).values_panic([pair.0.into(), pair.1.into()]).take();
    manager.execute(row).await
}

async fn role_id(manager: &SchemaManager<'_>, name: &str) -> Result<Option<i64>, DbErr> {
    let query = Query::select().column("id").from("roles").and_where(Expr::col("name").eq(name)).take();
    let row = manager.get_connection().query_one(&query).await?;
    row.map(|row| row.try_get("", "id")).transpose()
}
