use super::{Filter, Listed, Mark, PAGE};
use crate::{
    accounts::User,
    db::{
        Db, Timestamp,
        paging::{self, Part},
    },
    entity::user::{self, Column},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    Email,
    Username,
    /// When they joined.
    #[default]
    Created,
}

impl Sort {
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Username => "username",
            Self::Created => "created",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Email, Self::Username, Self::Created].into_iter().find(|sort| sort.name() == name)
    }

    fn mark(self, user: &User) -> Mark {
        let key = match self {
            Self::Email => user.email.clone(),
            Self::Username => user.username.clone(),
            Self::Created => user.created_at.0.to_string(),
        };
        Mark { key, id: user.id }
    }
}

pub async fn list(db: &Db, filter: &Filter, sort: Sort, descending: bool, part: Part<Mark>) -> Result<Listed, DbErr> {
    let query = user::Entity::find().filter(filter.condition(db).await?);
    let slice = match sort {
        Sort::Created => {
            let part = part.map(|mark| (Timestamp(mark.key.parse().unwrap_or_default()), mark.id));
            // The cursor's own condition is an OR, by which no database finds its place in an index.
            let query = match (&part, descending) {
                (Part::First, _) => query,
                (Part::After((at, _)), false) | (Part::Before((at, _)), true) => query.filter(Column::CreatedAt.gte(*at)),
                (Part::After((at, _)), true) | (Part::Before((at, _)), false) => query.filter(Column::CreatedAt.lte(*at)),
            };
            let mut cursor = query.cursor_by((Column::CreatedAt, Column::Id));
            if descending {
                cursor.desc()
            } else {
                cursor.asc()
            };
            paging::read(db, cursor, part, PAGE).await?
        }
        Sort::Email | Sort::Username => {
            let mut cursor = query.cursor_by(if sort == Sort::Email { Column::Email } else { Column::Username });
            if descending {
                cursor.desc()
            } else {
                cursor.asc()
            };
            paging::read(db, cursor, part.map(|mark| mark.key), PAGE).await?
        }
    };
    let before = slice.rows.first().filter(|_| slice.has_before).map(|user| sort.mark(user));
    let after = slice.rows.last().filter(|_| slice.has_after).map(|user| sort.mark(user));
    Ok(Listed { people: slice.rows, before, after })
}
