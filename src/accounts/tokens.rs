//! One-time links. The database knows a token by its hash; opening a link changes nothing, using it takes one conditional
//! statement, so that of many who use it at once one succeeds.
use super::{Error, Result, User};
use crate::{
    db::{Db, Timestamp, Tx},
    entity::{token, user_role},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::Expr};
use sha2::{Digest, Sha256};
use std::{fmt, time::Duration};

/// What a link is good for, and for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Set a password without the old one.
    ResetPassword,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset-password",
        }
    }
}

/// 256 random bits in base64url: the secret part of a link. Prints nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    fn generate() -> Self {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("the system has randomness");
        Self(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    /// As it stands in an address; whatever it is, it is only ever hashed and looked up.
    pub fn parse(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// For a link, and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn hash(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&self.0))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A new one, which replaces older ones of that purpose and person, and is shown to `maker`: None for the command line.
pub async fn issue(tx: &Tx, purpose: Purpose, user_id: i64, maker: Option<&User>, lasts: Duration) -> Result<Token, DbErr> {
    void(tx, user_id, Some(purpose)).await?;
    let (token, now) = (Token::generate(), Timestamp::now());
    let row = token::ActiveModel {
        id: Set(token.hash()),
        purpose: Set(purpose.name().to_owned()),
        user_id: Set(Some(user_id)),
        email: Set(None),
        session: Set(None),
        made_by: Set(maker.map(|maker| maker.id)),
        created_at: Set(now),
        expires_at: Set(now.after(lasts)),
        used_at: Set(None),
    };
    token::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(token)
}

/// One that may still be used.
pub async fn find(db: &Db, purpose: Purpose, token: &Token) -> Result<Option<token::Model>, DbErr> {
    token::Entity::find().filter(open(purpose, token)).one(db).await
}

/// Refuses whoever comes second, or late.
pub async fn consume(tx: &Tx, purpose: Purpose, token: &Token) -> Result<()> {
    let update = token::Entity::update_many().col_expr(token::Column::UsedAt, Expr::value(Timestamp::now()));
    match update.filter(open(purpose, token)).exec(tx).await?.rows_affected {
        0 => Err(Error::LinkUsed),
        _ => Ok(()),
    }
}

/// All that a person still has open, of one purpose or of any.
pub async fn void(tx: &Tx, user_id: i64, purpose: Option<Purpose>) -> Result<(), DbErr> {
    let tokens = token::Entity::delete_many().filter(token::Column::UserId.eq(user_id)).filter(token::Column::UsedAt.is_null());
    let of_purpose = Condition::all().add_option(purpose.map(|purpose| token::Column::Purpose.eq(purpose.name())));
    tokens.filter(of_purpose).exec(tx).await.map(drop)
}

/// All that somebody made for others: who has lost the right to make them has seen them.
pub async fn void_made_by(tx: &Tx, user_id: i64) -> Result<(), DbErr> {
    let tokens = token::Entity::delete_many().filter(token::Column::MadeBy.eq(user_id));
    tokens.filter(token::Column::UsedAt.is_null()).exec(tx).await.map(drop)
}

/// Both for everybody who holds a role.
pub async fn void_of_holders(tx: &Tx, role_id: i64) -> Result<(), DbErr> {
    for column in [token::Column::UserId, token::Column::MadeBy] {
        let holders =
            user_role::Entity::find().select_only().column(user_role::Column::UserId).filter(user_role::Column::RoleId.eq(role_id));
        let tokens = token::Entity::delete_many().filter(column.in_subquery(holders.into_query()));
        tokens.filter(token::Column::UsedAt.is_null()).exec(tx).await?;
    }
    Ok(())
}

/// One that was made under a clock that has been set back since would last too long, and counts no more.
fn open(purpose: Purpose, token: &Token) -> Condition {
    let now = Timestamp::now();
    Condition::all()
        .add(token::Column::Id.eq(token.hash()))
        .add(token::Column::Purpose.eq(purpose.name()))
        .add(token::Column::UsedAt.is_null())
        .add(token::Column::ExpiresAt.gt(now))
        .add(token::Column::CreatedAt.lte(now.after(Timestamp::SKEW)))
}

pub(super) fn over() -> Condition {
    Condition::all().add(token::Column::ExpiresAt.lte(Timestamp::now()))
}
