use super::{Page, Result};
use askama::Template;
use askama_web::WebTemplate;

/// Explains the app to a developer who has just cloned it; meant to be replaced.
#[derive(Template, WebTemplate)]
#[template(path = "home.html")]
pub struct HomePage {
    page: Page,
}

pub async fn show(page: Page) -> Result<HomePage> {
    Ok(HomePage { page })
}
