//! Who did what, to whom, when and from where.
use crate::{
    accounts::{
        self, Identifier,
        audit::{self, Action, Filter, Record},
        people,
    },
    db::{Timestamp, paging::Part},
    web::{
        AppState, Page, Result,
        query::{Pager, Query, part},
    },
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    body::Body,
    extract::State,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::IntoResponse,
};
use futures_util::stream;
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Search {
    /// A username or address.
    #[serde(skip_serializing_if = "String::is_empty")]
    actor: String,
    /// The same, or as the audit names it: `role:3`.
    #[serde(skip_serializing_if = "String::is_empty")]
    target: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    action: String,
    /// Days, as `2026-11-22`, both included; in UTC, as everything here.
    #[serde(skip_serializing_if = "String::is_empty")]
    from: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    until: String,
    #[serde(skip_serializing)]
    after: String,
    #[serde(skip_serializing)]
    before: String,
}

impl Search {
    async fn filter(&self, app: &AppState) -> Result<Filter> {
        Ok(Filter {
            actor: match self.actor.trim() {
                "" => None,
                text => Some(person(app, text).await?.unwrap_or_default()),
            },
            target: match self.target.trim() {
                "" => None,
                text if text.contains(':') => Some(text.to_owned()),
                text => Some(format!("user:{}", person(app, text).await?.unwrap_or_default())),
            },
            action: Action::parse(&self.action),
            failed: false,
            from: Timestamp::of_day(&self.from),
            until: Timestamp::of_day(&self.until).map(Timestamp::next_day),
        })
    }

    fn part(&self) -> Part<(Timestamp, i64)> {
        part(&self.after, &self.before, |text| {
            let (at, id) = text.split_once('.')?;
            Some((Timestamp(at.parse().ok()?), id.parse().ok()?))
        })
    }

    fn export(&self) -> String {
        format!("/admin/audit/export?{}", serde_html_form::to_string(self).unwrap_or_default())
    }
}

/// By address, username, or id: those of people who were deleted have nothing else.
async fn person(app: &AppState, text: &str) -> Result<Option<i64>> {
    let user = accounts::find(&app.db, &Identifier::parse(text)).await?;
    Ok(user.map(|user| user.id).or_else(|| text.trim_start_matches('#').parse().ok()))
}

#[derive(Template, WebTemplate)]
#[template(path = "admin/audit.html")]
struct AuditPage {
    page: Page,
    search: Search,
    records: Vec<Record>,
    names: Names,
    pager: Pager,
}

/// Of the people in some records.
struct Names(HashMap<i64, String>);

impl Names {
    async fn of(app: &AppState, records: &[Record]) -> Result<Self, DbErr> {
        let people: Vec<i64> = records.iter().flat_map(|record| [record.actor_id, record.user_id()]).flatten().collect();
        Ok(Self(people::usernames(&app.db, people).await?))
    }

    fn actor(&self, record: &Record) -> String {
        match record.actor_id {
            Some(id) => self.person(id),
            None if record.ip.is_empty() => "command line".to_owned(),
            None => "nobody".to_owned(),
        }
    }

    fn target(&self, record: &Record) -> String {
        match (record.user_id(), &record.target) {
            (Some(id), _) => self.person(id),
            (None, target) => target.clone().unwrap_or_default(),
        }
    }

    fn person(&self, id: i64) -> String {
        self.0.get(&id).cloned().unwrap_or_else(|| format!("#{id}"))
    }
}

pub async fn show(State(app): State<AppState>, page: Page, Query(search): Query<Search>) -> Result {
    let filter = search.filter(&app).await?;
    let slice = audit::history(&app.db, &filter, search.part(), audit::PAGE).await?;
    let mark = |record: &Record| format!("{}.{}", record.at.0, record.id);
    let before = slice.rows.first().filter(|_| slice.has_before).map(mark);
    let after = slice.rows.last().filter(|_| slice.has_after).map(mark);
    let pager = Pager::new("/admin/audit", &search, before, after);
    let names = Names::of(&app, &slice.rows).await?;
    Ok(AuditPage { page, search, records: slice.rows, names, pager }.into_response())
}

/// All of it as CSV, a thousand rows at a time while it is taken, so that it costs little memory however long it is.
pub async fn export(State(app): State<AppState>, Query(search): Query<Search>) -> Result {
    let filter = search.filter(&app).await?;
    let rows = stream::try_unfold(Some(Part::First), move |part| {
        let (app, filter) = (app.clone(), filter.clone());
        async move {
            let Some(part) = part else { return Ok::<_, anyhow::Error>(None) };
            let is_first = part == Part::First;
            let slice = audit::history(&app.db, &filter, part, 1000).await?;
            let names = Names::of(&app, &slice.rows).await?;
            let next = slice.rows.last().filter(|_| slice.has_after).map(|record| Part::After((record.at, record.id)));
            Ok(Some((csv(&slice.rows, &names, is_first)?, next)))
        }
    });
    let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\"")];
    Ok((headers, Body::from_stream(rows)).into_response())
}

fn csv(records: &[Record], names: &Names, with_head: bool) -> anyhow::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    if with_head {
        csv.write_record(["time", "actor_id", "actor", "action", "target", "outcome", "detail", "ip", "request_id"])?;
    }
    for record in records {
        let actor = record.actor_id.map(|id| id.to_string()).unwrap_or_default();
        let fields = [
            &record.at.rfc3339(),
            &actor,
            &names.actor(record),
            &record.action,
            record.target.as_deref().unwrap_or_default(),
            &record.outcome,
            &record.detail,
            &record.ip,
            &record.request_id,
        ];
        csv.write_record(fields.map(harmless))?;
    }
    Ok(csv.into_inner()?)
}

/// Spreadsheets take a cell that begins so for a formula.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}
