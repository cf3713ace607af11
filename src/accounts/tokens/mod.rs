//! One-time links. The database knows a token by its hash; opening a link changes nothing, using it takes one conditional
//! statement, so that of many who use it at once one succeeds.
mod purpose;
mod token;

pub use crate::entity::token::Model as Row;
pub use purpose::{FIRST_PASSWORD, Purpose};
pub use token::Token;

use super::{Error, Result, User};
use crate::{
    db::{Db, Timestamp, Tx},
    entity::{token as tokens, user, user_role},
};
use purpose::RESCUES;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait},
};
use std::time::Duration;

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
        Some(user) => tokens::Column::UserId.eq(user.id),
        None => tokens::Column::UserId.is_null().and(tokens::Column::Email.eq(issue.email.unwrap_or_default())),
    };
    if !RESCUES.contains(&issue.purpose.name()) {
        let older = tokens::Entity::delete_many().filter(older).filter(tokens::Column::Purpose.eq(issue.purpose.name()));
        older.filter(tokens::Column::UsedAt.is_null()).exec(tx).await?;
    }
    let (token, now) = (Token::generate(), Timestamp::now());
    let until = now.after(issue.lasts);
    let row = tokens::ActiveModel {
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
    tokens::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(Issued { token, until })
}

/// One that may still be used.
pub async fn find(connection: &impl ConnectionTrait, purpose: Purpose, token: &Token) -> Result<Option<Row>, DbErr> {
    tokens::Entity::find().filter(is_open(purpose)).filter(tokens::Column::Id.eq(token.hash())).one(connection).await
}

/// The open one of a purpose that replaces its older ones.
pub async fn open_of(db: &Db, purpose: Purpose, user: &User) -> Result<Option<Row>, DbErr> {
    let tokens = tokens::Entity::find().filter(is_open(purpose)).filter(tokens::Column::UserId.eq(user.id));
    tokens.order_by_desc(tokens::Column::CreatedAt).one(db).await
}

/// Who may take an account back by this address, which belongs to nobody else until then.
pub async fn undo_owner(connection: &impl ConnectionTrait, email: &str) -> Result<Option<User>, DbErr> {
    let tokens = tokens::Entity::find().filter(is_open(Purpose::UndoEmail)).filter(tokens::Column::Email.eq(email));
    match tokens.one(connection).await?.and_then(|row| row.user_id) {
        Some(id) => user::Entity::find_by_id(id).one(connection).await,
        None => Ok(None),
    }
}

/// Refuses whoever comes second, or late.
pub async fn consume(tx: &Tx, purpose: Purpose, token: &Token) -> Result<()> {
    let update = tokens::Entity::update_many().col_expr(tokens::Column::UsedAt, Expr::value(Timestamp::now()));
    match update.filter(is_open(purpose)).filter(tokens::Column::Id.eq(token.hash())).exec(tx).await?.rows_affected {
        0 => Err(Error::LinkUsed),
        _ => Ok(()),
    }
}

/// All that a person still has open, of one purpose, or of any but those that take an account back.
pub async fn void(tx: &Tx, user_id: i64, purpose: Option<Purpose>) -> Result<(), DbErr> {
    let which = match purpose {
        Some(purpose) => tokens::Column::Purpose.eq(purpose.name()),
        None => tokens::Column::Purpose.is_not_in(RESCUES),
    };
    unused().filter(tokens::Column::UserId.eq(user_id)).filter(which).exec(tx).await.map(drop)
}

/// Those that were made at `since` or later: what somebody did who had got into an account.
pub async fn void_since(tx: &Tx, user_id: i64, purpose: Purpose, since: Timestamp) -> Result<(), DbErr> {
    let tokens = unused().filter(tokens::Column::UserId.eq(user_id)).filter(tokens::Column::Purpose.eq(purpose.name()));
    tokens.filter(tokens::Column::CreatedAt.gte(since)).exec(tx).await.map(drop)
}

/// All that somebody made for others: who has lost the right to make them has seen them.
pub async fn void_made_by(tx: &Tx, user_id: i64) -> Result<(), DbErr> {
    unused().filter(tokens::Column::MadeBy.eq(user_id)).exec(tx).await.map(drop)
}

/// Both for everybody who holds a role.
pub async fn void_of_holders(tx: &Tx, role_id: i64) -> Result<(), DbErr> {
    for column in [tokens::Column::UserId, tokens::Column::MadeBy] {
        let holders =
            user_role::Entity::find().select_only().column(user_role::Column::UserId).filter(user_role::Column::RoleId.eq(role_id));
        let tokens = unused().filter(column.in_subquery(holders.into_query())).filter(tokens::Column::Purpose.is_not_in(RESCUES));
        tokens.exec(tx).await?;
    }
    Ok(())
}

fn unused() -> sea_orm::DeleteMany<tokens::Entity> {
    tokens::Entity::delete_many().filter(tokens::Column::UsedAt.is_null())
}

/// One that was made under a clock that has been set back since would last too long, and counts no more.
fn is_open(purpose: Purpose) -> Condition {
    let now = Timestamp::now();
    Condition::all()
        .add(tokens::Column::Purpose.eq(purpose.name()))
        .add(tokens::Column::UsedAt.is_null())
        .add(tokens::Column::ExpiresAt.gt(now))
        .add(tokens::Column::CreatedAt.lte(now.after(Timestamp::SKEW)))
}

pub(super) fn over() -> Condition {
    Condition::all().add(tokens::Column::ExpiresAt.lte(Timestamp::now()))
}
