use crate::{
    chromium::Chromium,
    site::{Site, other_site},
    support::PASSWORD,
};

/// All that any form of ours asks for, filled in to be accepted.
const FIELDS: [(&str, &str); 15] = [
    ("identifier", "mallory@example.com"),
    ("email", "mallory@example.com"),
    ("username", "mallory"),
    ("name", "Mallory"),
    ("current_password", PASSWORD),
    ("password", "purple anvil 58 harbour"),
    ("theme", "dark"),
    ("remember", "yes"),
    ("next", "/account"),
    ("reason", "because"),
    ("roles", "admin"),
    ("description", "More"),
    ("permissions", "users.read"),
    ("title", "Mine"),
    ("body", "All mine"),
];

#[tokio::test]
async fn a_form_on_another_site_changes_nothing_however_fresh_the_sign_in() {
    let site = Site::open().await;
    let ada = site.app.admin("ada@example.com").await;
    let chromium = Chromium::start(&site).await;
    chromium.sign_in(&ada).await;
    // Two are for programs, which come from no page.
    let addresses: Vec<String> = site
        .addresses("POST")
        .await
        .into_iter()
        .filter(|path| !["/dev/oauth/token", "/dev/oauth/revoke"].contains(&path.as_str()))
        .collect();
    let (row, writes, cookies) = (site.app.row(&ada).await, site.writes().await, chromium.cookies().await);

    for path in addresses {
        site.requests.take();
        chromium.visit(other_site(form_to(&site, &path)).await.as_str()).await;
        chromium.sees("This was sent from another site, so nothing was done.").await;
        assert_eq!(site.requests.take(), [format!("POST {path} 403")]);
    }

    assert_eq!((site.app.row(&ada).await, site.writes().await, chromium.cookies().await), (row, writes, cookies));
    chromium.visit("/account").await;
    chromium.is_at("/account").await;
}

/// Sends itself.
fn form_to(site: &Site, path: &str) -> String {
    let url = site.url.join(path).unwrap();
    let fields: String = FIELDS.iter().map(|(name, value)| format!("<input name='{name}' value='{value}'>")).collect();
    format!("<form method='post' action='{url}'>{fields}</form><script>document.forms[0].submit()</script>")
}
