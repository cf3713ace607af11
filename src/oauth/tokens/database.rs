use super::{Owner, StorageError, TokenSet, TokenStorage};
use crate::{
    config::Config,
    db::{Db, Timestamp},
    entity::{
        identity,
        provider_token::{ActiveModel, Column, Entity, Model},
    },
    oauth::Providers,
    seal::{Resealed, Sealer},
};
use async_trait::async_trait;
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, SqlErr, sea_query::Expr};

/// The app's own database, sealed: the default. A connection's tokens go with the connection.
pub struct Database {
    db: Db,
    sealer: Sealer,
}

impl Database {
    pub fn new(db: Db, sealer: Sealer) -> Self {
        Self { db, sealer }
    }

    async fn update(&self, owner: &Owner, sealed: &str) -> Result<bool, DbErr> {
        let update = Entity::update_many()
            .col_expr(Column::Sealed, Expr::value(sealed))
            .col_expr(Column::UpdatedAt, Expr::value(Timestamp::now()))
            .filter(Column::Owner.eq(owner.key()));
        Ok(update.exec(&self.db).await?.rows_affected == 1)
    }

    async fn insert(&self, owner: &Owner, sealed: &str) -> Result<(), DbErr> {
        let now = Timestamp::now();
        let row = ActiveModel {
            owner: Set(owner.key()),
            identity_id: Set(owner.identity_id()),
            sealed: Set(sealed.to_owned()),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        };
        Entity::insert(row).exec_without_returning(&self.db).await.map(drop)
    }
}

#[async_trait]
impl TokenStorage for Database {
    async fn get(&self, owner: &Owner) -> Result<Option<TokenSet>, StorageError> {
        let row = Entity::find().filter(Column::Owner.eq(owner.key())).one(&self.db).await?;
        row.map(|row| TokenSet::open(&self.sealer, owner, &row.sealed)).transpose()
    }

    async fn set(&self, owner: &Owner, tokens: &TokenSet) -> Result<(), StorageError> {
        let sealed = tokens.seal(&self.sealer, owner);
        if self.update(owner, &sealed).await? {
            return Ok(());
        }
        let Err(error) = self.insert(owner, &sealed).await else { return Ok(()) };
        match error.sql_err() {
            // The connection is gone.
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => Ok(()),
            // Another request was first.
            Some(SqlErr::UniqueConstraintViolation(_)) if self.update(owner, &sealed).await? => Ok(()),
            _ => Err(error.into()),
        }
    }

    async fn delete(&self, owner: &Owner) -> Result<(), StorageError> {
        Entity::delete_many().filter(Column::Owner.eq(owner.key())).exec(&self.db).await?;
        Ok(())
    }
}

/// Puts all of them under the first key. Whoever stores new ones meanwhile has done so already.
pub(in crate::oauth) async fn reseal(db: &Db, config: &Config, providers: &Providers) -> Result<Resealed, DbErr> {
    let (sealer, mut count, mut after) = (Sealer::new(&config.secret_key), Resealed::default(), 0);
    loop {
        let rows = Entity::find().filter(Column::Id.gt(after)).order_by_asc(Column::Id).limit(500).all(db).await?;
        let Some(last) = rows.last() else { return Ok(count) };
        after = last.id;
        for row in rows {
            let Some(owner) = owner_of(db, providers, &row).await? else {
                count.unreadable += 1;
                continue;
            };
            if let Some(anew) = count.replace(&sealer, &owner.bound_to(), &row.sealed) {
                let update = Entity::update_many().col_expr(Column::Sealed, Expr::value(anew)).filter(Column::Id.eq(row.id));
                update.filter(Column::Sealed.eq(row.sealed)).exec(db).await?;
            }
        }
    }
}

/// None where it is gone, or its provider is.
async fn owner_of(db: &Db, providers: &Providers, row: &Model) -> Result<Option<Owner>, DbErr> {
    let Some(id) = row.identity_id else {
        let provider = row.owner.strip_prefix("site:").and_then(|name| providers.get(name));
        return Ok(provider.map(|provider| provider.site()));
    };
    Ok(identity::Entity::find_by_id(id).one(db).await?.as_ref().map(Owner::from))
}
