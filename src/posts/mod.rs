//! The example: people write posts, all who are signed in read them. A team copies this room, and then deletes it
//! (docs/remove-example.md). Knows the database and who people are, no HTTP.
pub use crate::entity::post::Model as Post;

use crate::{
    accounts::{Permission, User, Viewer, people},
    db::{
        Db, Timestamp,
        paging::{self, Part, Slice},
    },
    entity::post,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, sea_query::Expr};
use std::collections::HashMap;

/// What somebody writes: a title of 1 to 200 characters in one line, and a text of 1 to 20 000.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub title: Title,
    pub body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title(String);

impl Title {
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let title = text.trim();
        match title.chars().count() {
            0 => Err("is needed"),
            1..=200 if !title.chars().any(char::is_control) => Ok(Self(title.to_owned())),
            _ => Err("must have at most 200 characters, in one line"),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body(String);

impl Body {
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let body = text.replace("\r\n", "\n").trim().to_owned();
        match body.chars().count() {
            0 => Err("is needed"),
            1..=20_000 => Ok(Self(body)),
            _ => Err("must have at most 20 000 characters"),
        }
    }
}

impl Post {
    /// Its author, or somebody who keeps posts in order.
    pub fn may_be_edited_by(&self, viewer: &Viewer) -> bool {
        self.author_id == viewer.user.id || viewer.may(Permission::ModeratePosts)
    }
}

pub const PAGE: u64 = 20;

/// Newest first.
pub async fn list(db: &Db, part: Part<i64>) -> Result<Slice<Post>, DbErr> {
    let mut cursor = post::Entity::find().cursor_by(post::Column::Id);
    cursor.desc();
    paging::read(db, cursor, part, PAGE).await
}

pub async fn get(db: &Db, id: i64) -> Result<Option<Post>, DbErr> {
    post::Entity::find_by_id(id).one(db).await
}

/// What the authors of some posts are called, by their ids.
pub async fn authors(db: &Db, posts: &[Post]) -> Result<HashMap<i64, String>, DbErr> {
    people::names(db, posts.iter().map(|post| post.author_id).collect()).await
}

pub async fn write(db: &Db, author: &User, draft: Draft) -> Result<Post, DbErr> {
    let now = Timestamp::now();
    let post = post::ActiveModel {
        author_id: Set(author.id),
        title: Set(draft.title.0),
        body: Set(draft.body.0),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    post::Entity::insert(post).exec_with_returning(db).await
}

/// False where it was deleted meanwhile.
pub async fn edit(db: &Db, post: &Post, draft: Draft) -> Result<bool, DbErr> {
    let update = post::Entity::update_many()
        .col_expr(post::Column::Title, Expr::value(draft.title.0))
        .col_expr(post::Column::Body, Expr::value(draft.body.0))
        .col_expr(post::Column::UpdatedAt, Expr::value(Timestamp::now()))
        .filter(post::Column::Id.eq(post.id));
    Ok(update.exec(db).await?.rows_affected == 1)
}

pub async fn delete(db: &Db, post: &Post) -> Result<bool, DbErr> {
    Ok(post::Entity::delete_by_id(post.id).exec(db).await?.rows_affected == 1)
}

/// Invented ones, by the newest people: none where there is nobody. Answers how many.
pub async fn seed(db: &Db, count: usize) -> Result<usize, DbErr> {
    let authors = people::newest(db, 100).await?;
    if authors.is_empty() {
        return Ok(0);
    }
    for n in 0..count {
        let author = &authors[n % authors.len()];
        let title = Title(format!("Notes of a day, part {}", n + 1));
        write(db, author, Draft { title, body: Body("What was tried, what held, and what broke.\n\nMore tomorrow.".to_owned()) }).await?;
    }
    Ok(count)
}
