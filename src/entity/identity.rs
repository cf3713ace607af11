use crate::db::Timestamp;
use sea_orm::entity::prelude::*;

/// An account at a provider, by which somebody signs in.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identities")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub user_id: i64,
    /// As in the settings, `github`.
    pub provider: String,
    /// Who vouches for the subject: a name that is configured for another issuer later must not let its people in.
    pub issuer: String,
    /// Who it is there, for good: addresses and names change hands.
    pub subject: String,
    /// By which its owner knows it again: their address or name there.
    pub label: String,
    pub created_at: Timestamp,
    /// None: it was connected and never signed in with.
    pub last_used_at: Option<Timestamp>,
    /// Since then the provider no longer accepts what was granted: the person has to connect it anew.
    pub lost_at: Option<Timestamp>,
    /// What was granted last, parted by blanks: to be asked for again once it has ended. None: nothing was.
    #[sea_orm(column_type = "Text", nullable)]
    pub scopes: Option<String>,
}

impl Model {
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scopes.as_deref().unwrap_or_default().split_whitespace()
    }
}

impl ActiveModelBehavior for ActiveModel {}
