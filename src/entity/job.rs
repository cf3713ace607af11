use crate::db::Timestamp;
use sea_orm::entity::prelude::*;

/// Work for later.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Random; what the payload is sealed for, and a mail's Message-ID. A job of the schedule has its kind here, so that there is one.
    #[sea_orm(unique)]
    pub public_id: String,
    pub kind: String,
    /// Whom it is about.
    pub user_id: Option<i64>,
    /// Sealed, since a queued mail holds links that open accounts; empty once it is done.
    pub payload: String,
    pub state: State,
    /// How often it was begun.
    pub tries: i32,
    /// When a worker may take it: while one has it, the moment at which that one is taken for dead.
    pub due_at: Timestamp,
    /// Of the worker that has it; whoever holds another one may not end it.
    pub lease: Option<String>,
    /// What went wrong the last time, without a word of the payload.
    pub error: String,
    pub created_at: Timestamp,
    /// When it was done or parked.
    pub ended_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum State {
    #[sea_orm(string_value = "waiting")]
    Waiting,
    #[sea_orm(string_value = "done")]
    Done,
    /// Tried for the last time: it waits for somebody to look.
    #[sea_orm(string_value = "parked")]
    Parked,
}

impl State {
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Done, Self::Parked];

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// For an address and for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Parked => "parked",
        }
    }
}

impl Model {
    /// Due again and again.
    pub fn is_of_the_schedule(&self) -> bool {
        self.public_id == self.kind
    }

    pub fn is_running(&self) -> bool {
        self.state == State::Waiting && self.lease.is_some() && self.due_at > Timestamp::now()
    }
}

impl ActiveModelBehavior for ActiveModel {}
