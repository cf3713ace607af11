//! Who did what, to whom, when and from where.
use crate::{
    accounts::{
        self, Actor, Client, Identifier,
        Permission::ReadAudit,
        audit::{self, Action, Filter, Outcome, Record},
        roles,
    },
    db::{
        Timestamp,
        paging::{Part, Slice},
    },
    web::{
        AppState, CurrentUser, Error, Page, Result,
        query::{Pager, Query, part},
    },
};
use anyhow::ensure;
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    body::Body,
    extract::State,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::IntoResponse,
};
use futures_util::{TryStreamExt, stream};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Search {
    /// A username or address.
    #[serde(skip_serializing_if = "String::is_empty")]
    actor: String,
    /// The same, or a role.
    #[serde(skip_serializing_if = "String::is_empty")]
    target: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    action: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    outcome: String,
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
        if !self.target.trim().is_empty() {
            let Some(target) = target(app, self.target.trim()).await? else { return Ok(None) };
            filter.target = Some(target);
        }
        filter.action = Action::parse(&self.action);
        filter.outcome = Outcome::parse(&self.outcome);
        filter.from = Timestamp::of_day(&self.from);
        filter.until = Timestamp::of_day(&self.until).map(Timestamp::next_day);
        let parsed = [
            (&self.action, filter.action.is_some()),
            (&self.outcome, filter.outcome.is_some()),
            (&self.from, filter.from.is_some()),
            (&self.until, filter.until.is_some()),
        ];
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

/// As the audit names it: `user:7`, `role:3`.
async fn target(app: &AppState, text: &str) -> Result<Option<String>> {
    if text.contains(':') {
        return Ok(Some(text.to_owned()));
    }
    if let Some(id) = person(app, text).await? {
        return Ok(Some(format!("user:{id}")));
    }
    Ok(roles::find(&app.db, text).await?.map(|role| format!("role:{}", role.id)))
}

#[derive(Template, WebTemplate)]
#[template(path = "admin/audit.html")]
struct AuditPage {
    page: Page,
    search: Search,
    records: Vec<Record>,
    pager: Pager,
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
    Ok(AuditPage { page, search, records: slice.rows, pager }.into_response())
}

/// All of it as CSV, a thousand rows at a time while it is taken, so that it costs little memory however long it is.
/// Whoever loses the right to it meanwhile gets no more.
pub async fn export(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, client: Client, Query(search): Query<Search>) -> Result {
    let filter = search.filter(&app).await?.ok_or(Error::NotFound)?;
    let rows = stream::try_unfold(Some(Part::First), move |part| {
        let (app, filter, viewer, client) = (app.clone(), filter.clone(), viewer.clone(), client.clone());
        async move {
            let Some(part) = part else { return Ok::<_, anyhow::Error>(None) };
            ensure!(roles::may_still(&app.db, &Actor::new(&viewer, &client), ReadAudit).await?, "whoever took it may not read it any more");
            let is_first = part == Part::First;
            let slice = audit::history(&app.db, &filter, part, 1000).await?;
            let next = slice.rows.last().filter(|_| slice.has_after).map(|record| Part::After((record.at, record.id)));
            Ok(Some((csv(&slice.rows, is_first)?, next)))
        }
    });
    let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\"")];
    let rows = rows.inspect_err(|error| tracing::error!(%error, "an export of the audit was cut off"));
    Ok((headers, Body::from_stream(rows)).into_response())
}

fn csv(records: &[Record], with_head: bool) -> anyhow::Result<Vec<u8>> {
    let mut csv = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
    if with_head {
        csv.write_record(["time", "actor_id", "actor", "action", "target", "target_name", "outcome", "detail", "ip", "request_id"])?;
    }
    for record in records {
        let actor = record.actor_id.map(|id| id.to_string()).unwrap_or_default();
        let fields = [
            &record.at.rfc3339(),
            &actor,
            &record.actor(),
            &record.action,
            record.target.as_deref().unwrap_or_default(),
            record.target(),
            &record.outcome,
            &record.detail,
            &record.ip,
            &record.request_id,
        ];
        csv.write_record(fields.map(harmless))?;
    }
    Ok(csv.into_inner()?)
}

/// Spreadsheets take a cell that begins so for a formula. Some of them part cells at semicolons, inside quotes too.
fn harmless(cell: &str) -> String {
    let (mut harmless, mut begins) = (String::new(), true);
    for c in cell.chars() {
        if begins && matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r') {
            harmless.push('\'');
        }
        begins = matches!(c, ';' | ',' | '\t');
        harmless.push(c);
    }
    harmless
}
