use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

/// Unix milliseconds, UTC, in a BIGINT: text and TIMESTAMP columns sort wrongly or lose precision on one database or another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Beyond any clock: for what never ends by itself.
    pub const NEVER: Self = Self(i64::MAX);

    /// How far apart the clocks of several instances may lie.
    pub const SKEW: Duration = Duration::from_secs(60);

    pub fn now() -> Self {
        Self((OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000) as i64)
    }

    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.as_millis() as i64))
    }

    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration.as_millis() as i64))
    }

    /// Zero where `earlier` lies in the future, as after a clock that was set back.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0).max(0) as u64)
    }

    /// Further ahead than the clocks of several machines lie apart, so that ours was set back since.
    pub fn is_from_the_future(self) -> bool {
        self > Self::now().after(Self::SKEW)
    }

    /// For `datetime` and `title` attributes, and for programs.
    pub fn rfc3339(self) -> String {
        self.utc().format(&Rfc3339).unwrap_or_default()
    }

    /// For people: `22 Nov 2026, 14:05 UTC`.
    pub fn words(self) -> String {
        let format = format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute] UTC");
        self.utc().format(&format).unwrap_or_default()
    }

    /// The beginning of a day in UTC, written as `2026-11-22`.
    pub fn of_day(text: &str) -> Option<Self> {
        let day = Date::parse(text.trim(), &format_description!("[year]-[month]-[day]")).ok()?;
        Some(Self((day.midnight().assume_utc().unix_timestamp_nanos() / 1_000_000) as i64))
    }

    pub fn next_day(self) -> Self {
        self.after(Duration::from_secs(24 * 60 * 60))
    }

    fn utc(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}
