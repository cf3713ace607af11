//! Who did what, to whom, when and from where.
use crate::{
    accounts::{
        self, Identifier,
        audit::{self, Action, Filter, Record},
        people,
    },
    db::{
        Timestamp,
        paging::{Part, Slice},
    },
    web::{
        AppState, Error, Page, Result,
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
use futures_util::{TryStreamExt, stream};
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
    /// None where something is asked for that cannot be: nothing fits that.
    async fn filter(&self, app: &AppState) -> Result<Option<Filter>> {
        let mut filter = Filter::default();
        if !self.actor.trim().is_empty() {
            let Some(id) = person(app, self.actor.trim()).await? else { return Ok(None) };
            filter.actor = Some(id);
        }
        if self.target.contains(':') {
            filter.target = Some(self.target.trim().to_owned());
        } else if !self.target.trim().is_empty() {
            let Some(id) = person(app, self.target.trim()).await? else { return Ok(None) };
            filter.target = Some(format!("user:{id}"));
        }
        filter.action = Action::parse(&self.action);
        filter.from = Timestamp::of_day(&self.from);
        filter.until = Timestamp::of_day(&self.until).map(Timestamp::next_day);
        let parsed = [(&self.action, filter.action.is_some()), (&self.from, filter.from.is_some()), (&self.until, filter.until.is_some())];
        Ok(parsed.iter().all(|(text, parsed)| text.is_empty() || *parsed).then_some(filter))
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
            None if record.is_by_command_line() => "command line".to_owned(),
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
    let slice = match search.filter(&app).await? {
        Some(filter) => audit::history(&app.db, &filter, search.part(), audit::PAGE).await?,
        None => Slice::empty(),
    };
    let mark = |record: &Record| format!("{}.{}", record.at.0, record.id);
    let before = slice.rows.first().filter(|_| slice.has_before).map(mark);
    let after = slice.rows.last().filter(|_| slice.has_after).map(mark);
    let pager = Pager::new("/admin/audit", &search, before, after);
    let names = Names::of(&app, &slice.rows).await?;
    Ok(AuditPage { page, search, records: slice.rows, names, pager }.into_response())
}

/// All of it as CSV, a thousand rows at a time while it is taken, so that it costs little memory however long it is.
pub async fn export(State(app): State<AppState>, Query(search): Query<Search>) -> Result {
    let filter = search.filter(&app).await?.ok_or(Error::NotFound)?;
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
    let rows = rows.inspect_err(|error| tracing::error!(%error, "an export of the audit was cut off"));
    Ok((headers, Body::from_stream(rows)).into_response())
}

fn csv(records: &[Record], names: &Names, with_head: bool) -> anyhow::Result<Vec<u8>> {
    // Some spreadsheets part cells at semicolons, too.
    let mut csv = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
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
