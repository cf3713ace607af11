use super::{Providers, attempts, tokens};
use crate::{config::Config, db::Db, seal::Resealed};
use sea_orm::DbErr;

/// Puts all that this room keeps under the first key: tokens of providers, and ways there that are not over.
pub async fn reseal(db: &Db, config: &Config, providers: &Providers) -> Result<(Resealed, Resealed), DbErr> {
    Ok((tokens::reseal(db, config, providers).await?, attempts::reseal(db, config).await?))
}
