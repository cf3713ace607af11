use super::{Browser, KEY, OTHER_PASSWORD, PASSWORD, database};
use app::{
    accounts::{
        self, Actor, Client, Email, Identifier, NewUser, Password, Permission, RoleName, Token, User, Username,
        admin::{self, Delivered, Delivery},
        roles::{self, Draft, Role},
    },
    config::{Build, Config},
    db::{self, Db},
    mail::Transport,
    web::{self, AppState, routes::Routes},
    worker::Tools,
};
use axum::Router;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;

pub struct App {
    pub state: AppState,
    pub router: Router,
    pub tools: Arc<Tools>,
    _folder: Option<TempDir>,
}

/// Somebody with an account, who signs in with [`PASSWORD`].
pub struct Person {
    pub id: i64,
    pub email: String,
    pub username: String,
}

/// Mail goes no further than memory.
fn tools(state: &AppState) -> Arc<Tools> {
    let transport = state.config.has_mail().then(|| Transport::Memory(Arc::default()));
    Arc::new(Tools { db: state.db.clone(), config: state.config.clone(), transport, grants: state.grants.clone() })
}

impl App {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With settings other than a debug build's.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        Self::build(settings, |routes| routes).await
    }

    /// With pages that only this test has.
    pub async fn with_routes(more: impl FnOnce(Routes) -> Routes) -> Self {
        Self::build(&[], more).await
    }

    pub async fn build(settings: &[(&str, &str)], more: impl FnOnce(Routes) -> Routes) -> Self {
        let (url, folder) = database::create().await;
        Self { _folder: folder, ..Self::on(&url, settings, more).await }
    }

    /// On a database that is there already.
    pub async fn on(url: &str, settings: &[(&str, &str)], more: impl FnOnce(Routes) -> Routes) -> Self {
        let pool = std::env::var("TEST_DATABASE_POOL").unwrap_or("2".to_owned());
        let mut environment = BTreeMap::from([("DATABASE_URL", url), ("SECRET_KEY", KEY), ("PORT", "3000"), ("DATABASE_POOL", &pool)]);
        environment.extend(settings.iter().copied());
        let environment = environment.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let mut config = Config::read(BTreeMap::new(), environment, Build::Debug).unwrap();
        #[cfg(debug_assertions)]
        app::dev::oauth::offer(&mut config);
        let db = db::connect(&config.database_url, config.database_pool).await.unwrap();
        let state = web::App::new(config, db).unwrap();
        let router = web::router_of(state.clone(), more(web::routes::all()));
        Self { tools: tools(&state), state, router, _folder: None }
    }

    pub fn db(&self) -> &Db {
        &self.state.db
    }

    /// Of the database, for another instance.
    pub fn url(&self) -> String {
        self.state.config.database_url.expose().to_owned()
    }

    pub fn browser(&self) -> Browser {
        Browser::new(self)
    }

    /// Another instance over the same database.
    pub async fn twin(&self) -> Self {
        let db = db::connect(&self.state.config.database_url, self.state.config.database_pool).await.unwrap();
        let state = web::App::new(self.state.config.clone(), db).unwrap();
        Self { router: web::router(state.clone()), tools: tools(&state), state, _folder: None }
    }

    /// Their username is what stands before the `@`.
    pub async fn user(&self, email: &str) -> Person {
        let new = NewUser {
            email: Email::parse(email).unwrap(),
            username: Username::parse(email.split('@').next().unwrap()).unwrap(),
            password: Password::parse(PASSWORD).unwrap(),
        };
        let client = Client::command_line();
        let user = admin::create(self.db(), &self.state.config, &Actor::command_line(&client), new, false).await.unwrap();
        Person { id: user.id, email: user.email, username: user.username }
    }

    /// Somebody who is there already.
    pub async fn person(&self, email: &str) -> Person {
        let user = accounts::find(self.db(), &Identifier::parse(email)).await.unwrap().unwrap();
        Person { id: user.id, email: user.email, username: user.username }
    }

    /// Signed in by the form.
    pub async fn browser_of(&self, person: &Person) -> Browser {
        let mut browser = self.browser();
        browser.sign_in(&person.email, PASSWORD).await.redirects_to("/");
        browser
    }

    pub async fn row(&self, person: &Person) -> User {
        let identifier = Identifier::parse(&person.email);
        accounts::find(self.db(), &identifier).await.unwrap().unwrap()
    }

    pub async fn deactivate(&self, person: &Person) {
        let client = Client::command_line();
        assert!(
            admin::deactivate(self.db(), &self.state.config, &Actor::command_line(&client), &self.row(person).await, None).await.unwrap()
        );
    }

    pub async fn delete(&self, person: &Person) {
        let client = Client::command_line();
        assert!(admin::delete(self.db(), &self.state.config, &Actor::command_line(&client), &self.row(person).await, None).await.unwrap());
    }

    pub async fn reset_password(&self, person: &Person) {
        let password = Password::parse(OTHER_PASSWORD).unwrap();
        let (client, user) = (Client::command_line(), self.row(person).await);
        accounts::set_password(self.db(), &self.state.config, &Actor::command_line(&client), &user, &password).await.unwrap();
    }

    /// That sets a password, and is shown to whoever makes it.
    pub async fn password_link(&self, actor: &Actor<'_>, user: &User) -> Token {
        match admin::make_password_link(self.db(), &self.state.config, actor, user, Delivery::Show).await.unwrap() {
            Delivered::Shown(token) => token,
            Delivered::Mailed => panic!("it was to be shown"),
        }
    }

    pub async fn admin(&self, email: &str) -> Person {
        let person = self.user(email).await;
        self.grant_role(&person, "admin").await;
        person
    }

    /// With a role of their own that allows this.
    pub async fn staff(&self, email: &str, permissions: &[Permission]) -> Person {
        let person = self.user(email).await;
        let role = self.role(&format!("role-of-{}", person.username), permissions).await;
        self.grant_role(&person, &role.name).await;
        person
    }

    pub async fn role(&self, name: &str, permissions: &[Permission]) -> Role {
        let client = Client::command_line();
        let (name, permissions) = (RoleName::parse(name).unwrap(), permissions.iter().copied().collect());
        let draft = Draft { name, description: String::new(), permissions, includes: BTreeSet::new() };
        roles::create(self.db(), &Actor::command_line(&client), &draft).await.unwrap()
    }

    pub async fn grant_role(&self, person: &Person, role: &str) {
        let client = Client::command_line();
        assert!(roles::grant(self.db(), &self.state.config, &Actor::command_line(&client), &self.row(person).await, role).await.unwrap());
    }

    /// Sessions, links, limits and jobs lie so much further back.
    pub async fn time_passes(&self, time: Duration) {
        self.remember_earlier(time.as_millis() as i64).await;
    }

    /// Sessions, links and limits lie so much less far back.
    pub async fn clock_is_set_back(&self, time: Duration) {
        self.remember_earlier(-(time.as_millis() as i64)).await;
    }

    async fn remember_earlier(&self, ms: i64) {
        let columns =
            ["created_at", "last_seen_at", "proven_at", "idle_at", "ends_at"].map(|column| format!("{column} = {column} - ({ms})"));
        self.execute(&format!("UPDATE sessions SET {}", columns.join(", "))).await;
        let columns = ["created_at", "expires_at"].map(|column| format!("{column} = {column} - ({ms})"));
        self.execute(&format!("UPDATE tokens SET {}", columns.join(", "))).await;
        self.execute(&format!("UPDATE oauth_attempts SET {}", columns.join(", "))).await;
        self.execute(&format!("UPDATE refresh_leases SET ends_at = ends_at - ({ms})")).await;
        self.execute(&format!("UPDATE jobs SET due_at = due_at - ({ms})")).await;
        self.execute(&format!("UPDATE throttles SET resets_at = resets_at - ({ms}) WHERE resets_at < {}", i64::MAX)).await;
    }

    /// Connected to an account at the practice provider, which is called that.
    pub async fn connect(&self, person: &Person, label: &str) {
        let issuer = &self.state.providers.list()[0].issuer;
        let columns = "user_id, provider, issuer, subject, label, created_at";
        self.execute(&format!(
            "INSERT INTO identities ({columns}) VALUES ({}, 'practice', '{issuer}', '{}', '{label}', 1)",
            person.id, person.id
        ))
        .await;
    }

    pub async fn execute(&self, sql: &str) {
        self.db().execute_unprepared(sql).await.unwrap();
    }

    pub async fn count(&self, what: &str) -> i64 {
        let sql = format!("SELECT COUNT(*) AS n FROM {what}");
        let row = self.db().query_one_raw(Statement::from_string(self.db().backend(), sql)).await.unwrap().unwrap();
        row.try_get("", "n").unwrap()
    }

    /// One column of every row, as text.
    pub async fn column(&self, table: &str, column: &str) -> Vec<String> {
        let text = if self.db().backend() == DbBackend::MySql { "CHAR" } else { "TEXT" };
        let sql = format!("SELECT CAST({column} AS {text}) AS value FROM {table} ORDER BY 1");
        let rows = self.db().query_all_raw(Statement::from_string(self.db().backend(), sql)).await.unwrap();
        rows.iter().map(|row| row.try_get::<Option<String>>("", "value").unwrap().unwrap_or_default()).collect()
    }
}
