//! What was granted for an identity ends with it, here at once and at its provider by a job: nobody waits for that one.
use super::Identity;
use crate::{
    config::Config,
    db::Tx,
    entity::{
        identity,
        provider_token::{Column, Entity, Owner},
    },
    jobs::{self, Job},
    seal::Sealer,
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub struct Revocation {
    pub owner: Owner,
    /// As they were kept in the database; None: another storage may have some.
    pub tokens: Option<String>,
}

impl Job for Revocation {
    const KIND: &'static str = "revoke";
}

/// Deletes an identity, and what was granted for it. The row of its tokens is locked, so that whoever fetches new ones at this
/// moment finds it gone, and has those revoked.
pub(super) async fn release(tx: &Tx, config: &Config, identity: &Identity) -> Result<(), DbErr> {
    let owner = Owner::from(identity);
    let kept = Entity::find().filter(Column::Owner.eq(owner.key())).lock_exclusive().one(tx).await?;
    let opened = kept.and_then(|row| Sealer::new(&config.secret_key).open(&owner.bound_to(), &row.sealed));
    let tokens = opened.and_then(|plain| String::from_utf8(plain).ok());
    jobs::enqueue(tx, config, Some(identity.user_id), &Revocation { owner, tokens }).await?;
    identity::Entity::delete_by_id(identity.id).exec(tx).await.map(drop)
}
