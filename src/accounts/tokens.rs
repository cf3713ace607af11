//! One-time links. The database knows a token by its hash; opening a link changes nothing, using it takes one conditional
//! statement, so that of many who use it at once one succeeds.
use super::{Error, Result, User};
use crate::{
    db::{Db, Timestamp, Tx},
    entity::{token, user, user_role},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait},
};
use sha2::{Digest, Sha256};
use std::{fmt, time::Duration};

pub use crate::entity::token::Model as Row;

/// What a link is good for, and for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Make an account at an address.
    Register,
    /// Show that the address of an account is its owner's.
    Confirm,
    /// Set a password without the old one.
    ResetPassword,
    /// Give an account another address.
    ChangeEmail,
    /// Give it back the address of before.
    UndoEmail,
    /// End a session that somebody else began.
    NotMe,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Confirm => "confirm",
            Self::ResetPassword => "reset-password",
            Self::ChangeEmail => "change-email",
            Self::UndoEmail => "undo-email",
            Self::NotMe => "not-me",
        }
    }

    fn lasts(self) -> Duration {
        match self {
            Self::Register | Self::Confirm | Self::ChangeEmail => DAY,
            Self::ResetPassword => HOUR,
            Self::UndoEmail | Self::NotMe => DAY * 3,
        }
    }
}

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Of the first password of an account that an admin made.
pub const FIRST_PASSWORD: Duration = Duration::from_secs(72 * 60 * 60);

/// By these the owner takes an account back: they outlive whatever somebody else does to it.
const RESCUES: [&str; 2] = ["undo-email", "not-me"];

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

/// What a new one is about.
#[derive(Clone, Copy, Debug)]
pub struct Issue<'a> {
    pub purpose: Purpose,
    pub lasts: Duration,
    /// None: somebody who has yet to register.
    pub user: Option<&'a User>,
    /// The address that using it proves, or gives back; None where the link is shown instead of mailed.
    pub email: Option<&'a str>,
    /// The public id of a session.
    pub session: Option<&'a str>,
    /// Who sees a link that is for somebody else.
    pub maker: Option<&'a User>,
}

impl Issue<'_> {
    pub fn of(purpose: Purpose) -> Self {
        Self { purpose, lasts: purpose.lasts(), user: None, email: None, session: None, maker: None }
    }
}

/// A link, and when it ends.
#[derive(Clone, Debug)]
pub struct Issued {
    pub token: Token,
    pub until: Timestamp,
}

/// It replaces older ones of its purpose and person, or of its address where nobody is there yet; those that take an account back
/// replace none.
pub async fn issue(tx: &Tx, issue: &Issue<'_>) -> Result<Issued, DbErr> {
    let older = match issue.user {
        Some(user) => token::Column::UserId.eq(user.id),
        None => token::Column::UserId.is_null().and(token::Column::Email.eq(issue.email.unwrap_or_default())),
    };
    if !RESCUES.contains(&issue.purpose.name()) {
        let older = token::Entity::delete_many().filter(older).filter(token::Column::Purpose.eq(issue.purpose.name()));
        older.filter(token::Column::UsedAt.is_null()).exec(tx).await?;
    }
    let (token, now) = (Token::generate(), Timestamp::now());
    let until = now.after(issue.lasts);
    let row = token::ActiveModel {
        id: Set(token.hash()),
        purpose: Set(issue.purpose.name().to_owned()),
        user_id: Set(issue.user.map(|user| user.id)),
        email: Set(issue.email.map(str::to_owned)),
        session: Set(issue.session.map(str::to_owned)),
        made_by: Set(issue.maker.map(|maker| maker.id)),
        created_at: Set(now),
        expires_at: Set(until),
        used_at: Set(None),
    };
    token::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(Issued { token, until })
}

/// One that may still be used.
pub async fn find(connection: &impl ConnectionTrait, purpose: Purpose, token: &Token) -> Result<Option<Row>, DbErr> {
    token::Entity::find().filter(is_open(purpose)).filter(token::Column::Id.eq(token.hash())).one(connection).await
}

/// The open one of a purpose that replaces its older ones.
pub async fn open_of(db: &Db, purpose: Purpose, user: &User) -> Result<Option<Row>, DbErr> {
    let tokens = token::Entity::find().filter(is_open(purpose)).filter(token::Column::UserId.eq(user.id));
    tokens.order_by_desc(token::Column::CreatedAt).one(db).await
}

/// Who may take an account back by this address, which belongs to nobody else until then.
pub async fn undo_owner(connection: &impl ConnectionTrait, email: &str) -> Result<Option<User>, DbErr> {
    let tokens = token::Entity::find().filter(is_open(Purpose::UndoEmail)).filter(token::Column::Email.eq(email));
    match tokens.one(connection).await?.and_then(|row| row.user_id) {
        Some(id) => user::Entity::find_by_id(id).one(connection).await,
        None => Ok(None),
    }
}

/// Refuses whoever comes second, or late.
pub async fn consume(tx: &Tx, purpose: Purpose, token: &Token) -> Result<()> {
    let update = token::Entity::update_many().col_expr(token::Column::UsedAt, Expr::value(Timestamp::now()));
    match update.filter(is_open(purpose)).filter(token::Column::Id.eq(token.hash())).exec(tx).await?.rows_affected {
        0 => Err(Error::LinkUsed),
        _ => Ok(()),
    }
}

/// All that a person still has open, of one purpose, or of any but those that take an account back.
pub async fn void(tx: &Tx, user_id: i64, purpose: Option<Purpose>) -> Result<(), DbErr> {
    let which = match purpose {
        Some(purpose) => token::Column::Purpose.eq(purpose.name()),
        None => token::Column::Purpose.is_not_in(RESCUES),
    };
    unused().filter(token::Column::UserId.eq(user_id)).filter(which).exec(tx).await.map(drop)
}

/// Those that were made at `since` or later: what somebody did who had got into an account.
pub async fn void_since(tx: &Tx, user_id: i64, purpose: Purpose, since: Timestamp) -> Result<(), DbErr> {
    let tokens = unused().filter(token::Column::UserId.eq(user_id)).filter(token::Column::Purpose.eq(purpose.name()));
    tokens.filter(token::Column::CreatedAt.gte(since)).exec(tx).await.map(drop)
}

/// All that somebody made for others: who has lost the right to make them has seen them.
pub async fn void_made_by(tx: &Tx, user_id: i64) -> Result<(), DbErr> {
    unused().filter(token::Column::MadeBy.eq(user_id)).exec(tx).await.map(drop)
}

/// Both for everybody who holds a role.
pub async fn void_of_holders(tx: &Tx, role_id: i64) -> Result<(), DbErr> {
    for column in [token::Column::UserId, token::Column::MadeBy] {
        let holders =
            user_role::Entity::find().select_only().column(user_role::Column::UserId).filter(user_role::Column::RoleId.eq(role_id));
        let tokens = unused().filter(column.in_subquery(holders.into_query())).filter(token::Column::Purpose.is_not_in(RESCUES));
        tokens.exec(tx).await?;
    }
    Ok(())
}

fn unused() -> sea_orm::DeleteMany<token::Entity> {
    token::Entity::delete_many().filter(token::Column::UsedAt.is_null())
}

/// One that was made under a clock that has been set back since would last too long, and counts no more.
fn is_open(purpose: Purpose) -> Condition {
    let now = Timestamp::now();
    Condition::all()
        .add(token::Column::Purpose.eq(purpose.name()))
        .add(token::Column::UsedAt.is_null())
        .add(token::Column::ExpiresAt.gt(now))
        .add(token::Column::CreatedAt.lte(now.after(Timestamp::SKEW)))
}

pub(super) fn over() -> Condition {
    Condition::all().add(token::Column::ExpiresAt.lte(Timestamp::now()))
}
