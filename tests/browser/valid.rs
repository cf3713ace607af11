//! What the W3C's checker finds in the HTML of every page: nothing.
use crate::{
    site::{Site, keep},
    support::{Browser, Issuer, PLAIN, Response},
};
use std::{fs, path::Path, process::Command};
use tempfile::TempDir;

struct Checker(TempDir);

impl Checker {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Words for machines are no pages.
    fn add(&self, name: &str, answer: &Response) {
        if answer.header("content-type").starts_with("text/html") {
            let file = format!("{}.html", name.replace('/', "_"));
            fs::write(self.0.path().join(file), &answer.body).unwrap();
        }
    }

    async fn add_all(&self, who: &str, site: &Site, browser: &mut Browser) {
        for path in site.pages().await {
            let name = path.split('?').next().unwrap();
            self.add(&format!("{who}{name}"), &browser.get(&path).await);
        }
    }

    /// A line for each mistake or doubt.
    fn findings(&self) -> String {
        let jar = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/vnu/node_modules/vnu-jar/build/dist/vnu.jar");
        assert!(jar.exists(), "the checker is not there: tests/run fetches it");
        let output = Command::new("java").arg("-jar").arg(jar).arg("--Werror").arg(self.0.path()).output().expect("java is installed");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

#[tokio::test]
async fn every_page_is_valid_to_strangers_and_to_an_admin() {
    let site = Site::open().await;
    let (app, checker) = (&site.app, Checker::new());
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser();

    checker.add_all("stranger", &site, &mut browser).await;
    app.grant_role(&ada, "admin").await;
    checker.add("wrong password", browser.sign_in("ada", "not the password").await.is(422));
    checker.add("mistakes", browser.register("\"><b>", "a", "short").await.is(422));
    checker.add("other site", browser.with_header("sec-fetch-site", "cross-site").post("/login", &[]).await.is(403));
    let mut browser = app.browser_of(&ada).await;
    checker.add_all("admin", &site, &mut browser).await;
    browser.post("/account", &[("username", "ada"), ("name", "Ada")]).await.redirects_to("/account");
    checker.add("message", browser.get("/account").await.shows("saved"));

    assert!(fs::read_dir(checker.0.path()).unwrap().count() > site.pages().await.len());
    assert_eq!(checker.findings(), "");
}

#[tokio::test]
async fn what_people_see_of_providers_is_valid() {
    let issuer = Issuer::start(PLAIN).await;
    issuer.hands_out(3600);
    let site = Site::with_issuer(&issuer, &[], keep).await;
    let (app, checker) = (&site.app, Checker::new());
    let mut browser = app.browser();
    browser.continue_with(&issuer, "sso").await.redirects_to("/oauth/finish");
    checker.add("finish", &browser.get("/oauth/finish").await);
    checker.add("mistakes", browser.post("/oauth/finish", &[("email", "x"), ("username", "")]).await.is(422));
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    browser.dance(&issuer, "sso", "connect", "").await.redirects_to("/account/connections");
    checker.add("connections", browser.get("/account/connections").await.shows("<dt>Profile</dt>"));
    checker.add("need", browser.get("/account/connections?need=sso&scope=openid").await.shows("Sso is needed"));
    issuer.takes_back();
    checker.add("lost", browser.get("/account/connections").await.shows("reconnect needed"));
    checker.add("verify", browser.get("/verify").await.shows("Continue with Sso"));
    app.execute("UPDATE users SET password_hash = NULL").await;
    checker.add("verify without a password", browser.get("/verify").await.shows("Continue with Sso"));
    let path = format!("/account/connections/{}/disconnect", app.column("identities", "id").await[0]);
    checker.add("last way in", browser.post(&path, &[]).await.is(422));

    assert_eq!(fs::read_dir(checker.0.path()).unwrap().count(), 8);
    assert_eq!(checker.findings(), "");
}

#[test]
fn a_planted_mistake_is_found() {
    let checker = Checker::new();
    fs::write(checker.0.path().join("page.html"), "<!doctype html><html lang=en><title>x</title><p><div></p></html>").unwrap();

    assert!(checker.findings().contains("error"));
}
