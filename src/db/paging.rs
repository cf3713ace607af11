//! Lists are read a part at a time, by key and never by offset: a deep page costs what the first one does, and nobody is shown
//! twice because somebody else was added.
use super::Db;
use sea_orm::{Cursor, DbErr, SelectorTrait, sea_query::IntoValueTuple};

/// Which part of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Part<K> {
    #[default]
    First,
    After(K),
    Before(K),
}

impl<K> Part<K> {
    pub fn map<L>(self, f: impl FnOnce(K) -> L) -> Part<L> {
        match self {
            Self::First => Part::First,
            Self::After(key) => Part::After(f(key)),
            Self::Before(key) => Part::Before(f(key)),
        }
    }
}

/// A part of a list, in its order.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    pub rows: Vec<T>,
    /// Whether there may be more before it, and after it.
    pub has_before: bool,
    pub has_after: bool,
}

impl<T> Slice<T> {
    pub fn empty() -> Self {
        Self { rows: Vec::new(), has_before: false, has_after: false }
    }
}

/// Reads one row more than `size` to learn whether there is one.
pub async fn read<S: SelectorTrait, K: IntoValueTuple>(
    db: &Db,
    mut cursor: Cursor<S>,
    part: Part<K>,
    size: u64,
) -> Result<Slice<S::Item>, DbErr> {
    let (from_end, is_first) = (matches!(part, Part::Before(_)), matches!(part, Part::First));
    match part {
        Part::First => cursor.first(size + 1),
        Part::After(key) => cursor.after(key).first(size + 1),
        Part::Before(key) => cursor.before(key).last(size + 1),
    };
    let mut rows = cursor.all(db).await?;
    let more = rows.len() as u64 > size;
    if more {
        rows.remove(if from_end { 0 } else { size as usize });
    }
    Ok(Slice { rows, has_before: if from_end { more } else { !is_first }, has_after: from_end || more })
}
