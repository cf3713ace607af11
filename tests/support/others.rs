use super::App;
use app::{
    accounts::{
        User, setup,
        tokens::{self, Issue, Purpose},
    },
    db::writing,
    mail,
    posts::{self, Body, Draft, Title},
};

/// An account, a post, a role and links of somebody else: what stands in the braces of a route.
pub struct Others {
    person: i64,
    post: i64,
    role: i64,
    job: i64,
    setup_link: String,
    links: Vec<(&'static str, String)>,
}

impl Others {
    pub async fn of(app: &App) -> Self {
        let victim = app.user("victim@example.com").await;
        let invited = app.user("invited@example.com").await;
        let draft = Draft { title: Title::parse("Hello").unwrap(), body: Body::parse("World").unwrap() };
        let links = links(app, &app.row(&victim).await, &app.row(&invited).await).await;
        let setup = setup::token(app.db(), &app.state.config.secret_key).await.unwrap();
        Self {
            person: victim.id,
            post: posts::write(app.db(), &app.row(&victim).await, draft).await.unwrap().id,
            role: app.role("helper", &[]).await.id,
            job: job(app).await,
            links,
            setup_link: setup.unwrap_or_else(|| "x".to_owned()),
        }
    }

    pub fn fill(&self, path: &str) -> String {
        let id = match path {
            path if path.starts_with("/posts") => self.post,
            path if path.starts_with("/admin/roles") => self.role,
            path if path.starts_with("/admin/jobs") => self.job,
            _ => self.person,
        };
        let link = self.links.iter().find(|(page, _)| path.starts_with(page)).map(|(_, token)| token);
        let path = path.replace("{token}", link.unwrap_or(&self.setup_link)).replace("{number}", "3");
        path.replace("{id}", &id.to_string()).replace("{status}", "410").replace("{name}", "alan").replace("{provider}", "practice")
    }
}

/// Of each page behind a token one that still opens it.
async fn links(app: &App, victim: &User, invited: &User) -> Vec<(&'static str, String)> {
    let tx = writing(app.db()).await.unwrap();
    let mut links = Vec::new();
    for (page, purpose, user) in [
        ("/account/email/undo", Purpose::UndoEmail, Some(victim)),
        ("/account/not-me", Purpose::NotMe, Some(victim)),
        ("/account/email", Purpose::ChangeEmail, Some(victim)),
        ("/confirm", Purpose::Confirm, Some(victim)),
        ("/register", Purpose::Register, None),
        ("/password/reset", Purpose::ResetPassword, Some(invited)),
    ] {
        let email = user.map_or("nobody@example.com", |user| &user.email);
        let issued = tokens::issue(&tx, &Issue { user, email: Some(email), ..Issue::of(purpose) }).await.unwrap();
        links.push((page, issued.token.expose().to_owned()));
    }
    tx.commit().await.unwrap();
    links
}

/// One that waits.
async fn job(app: &App) -> i64 {
    let tx = writing(app.db()).await.unwrap();
    mail::send(&tx, &app.state.config, "nobody@example.com", None, &mail::messages::Test {}).await.unwrap();
    tx.commit().await.unwrap();
    app.column("jobs", "id").await.last().unwrap().parse().unwrap()
}
