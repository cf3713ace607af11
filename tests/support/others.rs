use super::App;
use app::{
    accounts::{Actor, Client, admin, setup},
    posts::{self, Body, Draft, Title},
};

/// An account, a post, a role and links of somebody else: what stands in the braces of a route.
pub struct Others {
    person: i64,
    post: i64,
    role: i64,
    password_link: String,
    setup_link: String,
}

impl Others {
    pub async fn of(app: &App) -> Self {
        let client = Client::command_line();
        let actor = Actor::command_line(&client);
        let victim = app.user("victim@example.com").await;
        let invited = app.user("invited@example.com").await;
        let draft = Draft { title: Title::parse("Hello").unwrap(), body: Body::parse("World").unwrap() };
        let setup = setup::token(app.db(), &app.state.config.secret_key).await.unwrap();
        Self {
            person: victim.id,
            post: posts::write(app.db(), &app.row(&victim).await, draft).await.unwrap().id,
            role: app.role("helper", &[]).await.id,
            password_link: admin::make_password_link(app.db(), &actor, &app.row(&invited).await).await.unwrap().expose().to_owned(),
            setup_link: setup.unwrap_or_else(|| "x".to_owned()),
        }
    }

    pub fn fill(&self, path: &str) -> String {
        let id = match path {
            path if path.starts_with("/posts") => self.post,
            path if path.starts_with("/admin/roles") => self.role,
            _ => self.person,
        };
        let token = if path.starts_with("/setup") { &self.setup_link } else { &self.password_link };
        path.replace("{id}", &id.to_string()).replace("{token}", token).replace("{status}", "410").replace("{name}", "alan")
    }
}
