use super::App;
use app::accounts::{Actor, Client, admin, setup};

pub struct Others {
    person: i64,
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
        let setup = setup::token(app.db(), &app.state.config.secret_key).await.unwrap();
        Self {
            person: victim.id,
            role: app.role("helper", &[]).await.id,
            password_link: admin::make_password_link(app.db(), &actor, &app.row(&invited).await).await.unwrap().expose().to_owned(),
            setup_link: setup.unwrap_or_else(|| "x".to_owned()),
        }
    }

    pub fn fill(&self, path: &str) -> String {
        let id = match path {
            path if path.starts_with("/admin/roles") => self.role,
            _ => self.person,
        };
        let token = if path.starts_with("/setup") { &self.setup_link } else { &self.password_link };
        path.replace("{id}", &id.to_string()).replace("{token}", token).replace("{status}", "410").replace("{name}", "alan")
    }
}
