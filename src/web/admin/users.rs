//! Everybody, found by the beginning of a name, filtered, sorted, a part at a time.
use crate::{
    accounts::{
        User,
        people::{self, Filter, Listed, Mark, Sort, Status},
        roles::Role,
    },
    web::{
        AppState, Page, Result,
        query::{Pager, Query, part},
    },
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{extract::State, response::IntoResponse};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What the table can be sorted by.
pub const COLUMNS: [(Sort, &str); 3] = [(Sort::Username, "Username"), (Sort::Email, "Email"), (Sort::Created, "Joined")];

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Search {
    #[serde(skip_serializing_if = "String::is_empty")]
    q: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    role: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    status: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    sort: String,
    #[serde(skip_serializing)]
    after: String,
    #[serde(skip_serializing)]
    before: String,
}

impl Search {
    fn filter(&self) -> Filter {
        Filter { role: Some(self.role.clone()).filter(|role| !role.is_empty()), status: Status::parse(&self.status) }
    }

    /// What it is sorted by, and whether from the end. Unknown names sort as nothing asked for does.
    fn sort(&self) -> (Sort, bool) {
        let (name, descending) = self.sort.strip_prefix('-').map_or((self.sort.as_str(), false), |name| (name, true));
        Sort::parse(name).map_or((Sort::Created, true), |sort| (sort, descending))
    }

    fn part(&self) -> crate::db::paging::Part<Mark> {
        part(&self.after, &self.before, |text| {
            let (id, key) = text.split_once('.')?;
            Some(Mark { key: key.to_owned(), id: id.parse().ok()? })
        })
    }

    /// The same list from its beginning, sorted by a column, or the other way round where it is already.
    fn sorted_by(&self, sort: Sort) -> String {
        let minus = if self.sort() == (sort, false) { "-" } else { "" };
        let search = Self { sort: format!("{minus}{}", sort.name()), ..self.clone() };
        format!("/admin/users?{}", serde_html_form::to_string(search).unwrap_or_default())
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "admin/users.html")]
struct UsersPage {
    page: Page,
    search: Search,
    people: Vec<User>,
    roles_of: HashMap<i64, Vec<String>>,
    roles: Vec<Role>,
    pager: Pager,
}

impl UsersPage {
    fn is_searched(&self) -> bool {
        !self.search.q.trim().is_empty() || !self.search.role.is_empty() || !self.search.status.is_empty()
    }

    fn roles_of(&self, user: &User) -> &[String] {
        self.roles_of.get(&user.id).map_or(&[], Vec::as_slice)
    }

    /// For `aria-sort`.
    fn direction(&self, sort: Sort) -> &'static str {
        match self.search.sort() {
            (by, false) if by == sort => "ascending",
            (by, true) if by == sort => "descending",
            _ => "none",
        }
    }
}

pub async fn show(State(app): State<AppState>, page: Page, Query(search): Query<Search>) -> Result {
    let (filter, part, (sort, descending)) = (search.filter(), search.part(), search.sort());
    let Listed { people, before, after } = match search.q.trim() {
        "" => people::list(&app.db, &filter, sort, descending, part).await?,
        prefix => people::search(&app.db, prefix, &filter, part).await?,
    };
    let text = |mark: Mark| format!("{}.{}", mark.id, mark.key);
    let pager = Pager::new("/admin/users", &search, before.map(text), after.map(text));
    let (roles_of, roles) = (people::roles_of(&app.db, &people).await?, people::roles(&app.db).await?);
    Ok(UsersPage { page, search, people, roles_of, roles, pager }.into_response())
}
