use super::identity;
use crate::db::Timestamp;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What a provider granted: tokens by which the app may act there.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_tokens")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    /// [`Owner::key`].
    pub owner: String,
    /// It goes with this one; None: they are the site's own.
    pub identity_id: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub sealed: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}

/// Whose they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Owner {
    /// A person's, by a connection of theirs.
    Connection { identity_id: i64, user_id: i64, provider: String, issuer: String, subject: String },
    /// Nobody's in particular: the app acts for itself.
    Site { provider: String, issuer: String },
}

impl From<&identity::Model> for Owner {
    fn from(identity: &identity::Model) -> Self {
        Self::Connection {
            identity_id: identity.id,
            user_id: identity.user_id,
            provider: identity.provider.clone(),
            issuer: identity.issuer.clone(),
            subject: identity.subject.clone(),
        }
    }
}

impl Owner {
    /// By which they are found: `identity:7`, `site:github`. At most 80 letters.
    pub fn key(&self) -> String {
        match self {
            Self::Connection { identity_id, .. } => format!("identity:{identity_id}"),
            Self::Site { provider, .. } => format!("site:{provider}"),
        }
    }

    /// What their ciphertext is bound to: in another row, for another person or another provider it does not open.
    pub fn bound_to(&self) -> String {
        match self {
            Self::Connection { identity_id, user_id, provider, issuer, subject } => {
                format!("provider_tokens.sealed of identity:{identity_id} user:{user_id} at {provider} {issuer} as {subject}")
            }
            Self::Site { provider, issuer } => format!("provider_tokens.sealed of site at {provider} {issuer}"),
        }
    }

    /// None: they are the site's own.
    pub fn identity_id(&self) -> Option<i64> {
        match self {
            Self::Connection { identity_id, .. } => Some(*identity_id),
            Self::Site { .. } => None,
        }
    }

    /// Name and issuer.
    pub fn provider(&self) -> (&str, &str) {
        match self {
            Self::Connection { provider, issuer, .. } | Self::Site { provider, issuer } => (provider, issuer),
        }
    }
}
