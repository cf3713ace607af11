//! From the printed link to a role that somebody else's browser feels at the next click.
use crate::{chromium::Chromium, site::Site, support::PASSWORD};
use app::accounts::{Permission, seed, setup};

#[tokio::test]
async fn the_first_admin_gives_a_role_to_one_of_many_and_takes_it_away() {
    let site = Site::open().await;
    let grace = site.app.user("grace@example.com").await;
    seed::seed(site.app.db(), 3000, |_| {}).await.unwrap();
    site.app.role("reader", &[Permission::ReadUsers]).await;
    let (ada, other) = (Chromium::start(&site).await, Chromium::start(&site).await);
    other.sign_in(&grace).await;
    become_the_admin(&site, &ada).await;

    find(&ada, "grace@").await;
    give_or_take(&ada, "reader").await;
    other.follow("grace").await;
    other.follow("Admin").await;
    other.follow("People").await;
    other.sees("grace@example.com").await;

    give_or_take(&ada, "reader").await;
    other.reload().await;
    other.sees("403").await;

    assert_eq!((ada.violations().await, other.violations().await), (Vec::new(), Vec::new()));
}

async fn become_the_admin(site: &Site, chromium: &Chromium) {
    let token = setup::token(site.app.db(), &site.app.state.config.secret_key).await.unwrap().unwrap();
    chromium.visit(&format!("/setup/{token}")).await;
    chromium.fill("email", "ada@example.com").await;
    chromium.fill("username", "ada").await;
    chromium.fill("password", PASSWORD).await;
    chromium.press("Create the admin").await;
    chromium.is_at("/admin").await;
}

async fn find(chromium: &Chromium, beginning: &str) {
    chromium.follow("People").await;
    chromium.fill("q", beginning).await;
    chromium.press("Find").await;
    chromium.follow("grace").await;
    chromium.sees("grace@example.com").await;
}

async fn give_or_take(chromium: &Chromium, role: &str) {
    chromium.tick("roles", role).await;
    chromium.press("Save roles").await;
    chromium.sees("The roles are saved.").await;
}
