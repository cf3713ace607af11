//! Whoever's address, username or name begins so. Three ranges of three indexes are read in the order of their keys and
//! merged, so that a search costs the same among a thousand people and among a million.
use super::{Filter, Listed, Mark, PAGE};
use crate::{
    accounts::{Email, User, fold},
    db::{Db, paging::Part},
    entity::user::{self, Column},
};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect};

const COLUMNS: [Column; 3] = [Column::Email, Column::Username, Column::NameKey];

/// Somebody may be found by two of their names that lie far apart. They are shown at the first; those who were shown already are
/// passed over, and after so many ranges full of them the page is left short.
const ROUNDS: u32 = 8;

/// In the order of what was found; `part` goes by that too.
pub async fn search(db: &Db, prefix: &str, filter: &Filter, part: Part<Mark>) -> Result<Listed, DbErr> {
    let prefixes = COLUMNS.map(|column| if matches!(column, Column::Email) { Email::normal(prefix) } else { fold(prefix.trim()) });
    let ranges = Ranges { db, prefixes, filter: filter.condition(db).await?, backwards: matches!(part, Part::Before(_)) };
    let mut from = match &part {
        Part::First => None,
        Part::After(mark) | Part::Before(mark) => Some(mark.clone()),
    };
    let mut found: Vec<(Mark, User)> = Vec::new();
    let mut more = true;
    for _ in 0..ROUNDS {
        let (entries, end) = ranges.read(from.as_ref()).await?;
        found.extend(entries);
        more = end.is_some();
        if !more || found.len() as u64 > PAGE {
            break;
        }
        from = end;
    }
    let full = found.len() as u64 > PAGE;
    found.truncate(PAGE as usize);
    let next = match full {
        true => found.last().map(|(mark, _)| mark.clone()),
        false => from.filter(|_| more),
    };
    Ok(ranges.listed(found, next, part != Part::First))
}

struct Ranges<'a> {
    db: &'a Db,
    /// As each of the columns spells it.
    prefixes: [String; 3],
    filter: Condition,
    backwards: bool,
}

impl Ranges<'_> {
    /// What comes next in all three together, each person at the first of their names, and up to where that is complete: None at
    /// the end.
    async fn read(&self, from: Option<&Mark>) -> Result<(Vec<(Mark, User)>, Option<Mark>), DbErr> {
        let (mut entries, mut end): (Vec<(Mark, User)>, Option<Mark>) = (Vec::new(), None);
        for (column, prefix) in COLUMNS.into_iter().zip(&self.prefixes) {
            let people = self.range(column, prefix, from).await?;
            if people.len() as u64 > PAGE {
                let last = mark(column, &people[people.len() - 1]);
                end = Some(end.map_or(last.clone(), |end| if self.is_before(&last, &end) { last } else { end }));
            }
            entries.extend(people.into_iter().map(|user| (mark(column, &user), user)));
        }
        entries.retain(|(mark, user)| end.as_ref().is_none_or(|end| !self.is_before(end, mark)) && *mark == self.first_of(user));
        entries.sort_by(|(one, _), (other, _)| if self.backwards { other.cmp(one) } else { one.cmp(other) });
        entries.dedup_by(|(one, _), (other, _)| one == other);
        Ok((entries, end))
    }

    async fn range(&self, column: Column, prefix: &str, from: Option<&Mark>) -> Result<Vec<User>, DbErr> {
        let order = if self.backwards { Order::Desc } else { Order::Asc };
        let last = format!("{prefix}\u{10ffff}");
        let beyond = from.map(|from| match self.backwards {
            false => Condition::all()
                .add(column.gte(from.key.as_str()))
                .add(Condition::any().add(column.gt(from.key.as_str())).add(Column::Id.gt(from.id))),
            true => Condition::all()
                .add(column.lte(from.key.as_str()))
                .add(Condition::any().add(column.lt(from.key.as_str())).add(Column::Id.lt(from.id))),
        });
        user::Entity::find()
            .filter(self.filter.clone())
            .filter(column.gte(prefix))
            .filter(column.lt(last))
            .filter(Condition::all().add_option(beyond))
            .order_by(column, order.clone())
            .order_by(Column::Id, order)
            .limit(PAGE + 1)
            .all(self.db)
            .await
    }

    fn is_before(&self, one: &Mark, other: &Mark) -> bool {
        if self.backwards { one > other } else { one < other }
    }

    /// The least of their names that begin so, whichever way the list is read.
    fn first_of(&self, user: &User) -> Mark {
        let names = COLUMNS.into_iter().zip(&self.prefixes).map(|(column, prefix)| (mark(column, user), prefix));
        let fitting = names.filter(|(mark, prefix)| mark.key.starts_with(*prefix)).map(|(mark, _)| mark);
        fitting.min().unwrap_or(Mark { key: String::new(), id: user.id })
    }

    fn listed(&self, found: Vec<(Mark, User)>, next: Option<Mark>, has_other_side: bool) -> Listed {
        let (marks, mut people): (Vec<Mark>, Vec<User>) = found.into_iter().unzip();
        let other_side = marks.into_iter().next().filter(|_| has_other_side);
        if self.backwards {
            people.reverse();
            return Listed { people, before: next, after: other_side };
        }
        Listed { people, before: other_side, after: next }
    }
}

fn mark(column: Column, user: &User) -> Mark {
    let key = match column {
        Column::Email => &user.email,
        Column::Username => &user.username,
        _ => &user.name_key,
    };
    Mark { key: key.clone(), id: user.id }
}
