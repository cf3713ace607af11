use crate::{
    chromedriver::{self, Chromedriver},
    site::Site,
    support::{PASSWORD, Person},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use thirtyfour::{LoggingPrefsLogLevel, TypingData, prelude::*};
use tokio::time::sleep;
use url::Url;

const PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);
const FLAGS: [&str; 8] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// Survives navigation within the site, which the page itself does not.
const COLLECTOR: &str = "addEventListener('securitypolicyviolation', event => {
    const seen = JSON.parse(sessionStorage.violations || '[]');
    sessionStorage.violations = JSON.stringify([...seen, `${event.effectiveDirective} on ${location.pathname}`]);
});";

/// A browser with an empty profile, looking at a [`Site`].
pub struct Chromium {
    driver: WebDriver,
    site: Url,
    chromedriver: Chromedriver,
    _profile: TempDir,
}

impl Chromium {
    pub async fn start(site: &Site) -> Self {
        Self::at(site.url.clone()).await
    }

    pub async fn at(site: Url) -> Self {
        let (chromedriver, profile) = (Chromedriver::start(), tempfile::tempdir().unwrap());
        let mut capabilities = DesiredCapabilities::chrome();
        capabilities.set_binary(&chromedriver::chromium()).unwrap();
        for flag in FLAGS {
            capabilities.add_arg(flag).unwrap();
        }
        capabilities.add_arg(&format!("--user-data-dir={}", profile.path().display())).unwrap();
        capabilities.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
        let driver = WebDriver::new(chromedriver.url(), capabilities).await.unwrap();
        let chromium = Self { driver, site, chromedriver, _profile: profile };
        chromium.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": COLLECTOR })).await;
        chromium
    }

    /// As people do who switched JavaScript off. The driver itself goes on as before.
    pub async fn without_scripts(self) -> Self {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
        self.visit("data:text/html,<title>off</title><script>document.title = 'on'</script>").await;
        assert_eq!(self.driver.title().await.unwrap(), "off");
        self
    }

    pub async fn visit(&self, path: &str) {
        self.driver.goto(self.site.join(path).unwrap().as_str()).await.unwrap();
    }

    pub async fn fill(&self, field: &str, text: &str) {
        let field = self.field(field).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    pub async fn value(&self, field: &str) -> String {
        self.field(field).await.value().await.unwrap().unwrap_or_default()
    }

    pub async fn field(&self, id: &str) -> WebElement {
        self.driver.find(By::Id(id)).await.unwrap()
    }

    /// A checkbox, by its name and value.
    pub async fn tick(&self, name: &str, value: &str) {
        let path = format!("//input[@name='{name}'][@value='{value}']");
        self.driver.find(By::XPath(&path)).await.unwrap().click().await.unwrap();
    }

    pub async fn press(&self, button: &str) {
        self.leave_by(&format!("//button[normalize-space()='{button}']")).await;
    }

    pub async fn follow(&self, link: &str) {
        self.leave_by(&format!("//a[normalize-space()='{link}']")).await;
    }

    /// Nothing comes of it.
    pub async fn presses_in_vain(&self, button: &str) {
        self.driver.find(By::XPath(format!("//button[normalize-space()='{button}']"))).await.unwrap().click().await.unwrap();
        sleep(Duration::from_secs(1)).await;
    }

    /// Waits until the next page has replaced this one.
    async fn leave_by(&self, path: &str) {
        let page = self.driver.find(By::Tag("html")).await.unwrap();
        self.driver.find(By::XPath(path)).await.unwrap().click().await.unwrap();
        page.wait_until().wait(PATIENCE, POLL).stale().await.unwrap();
    }

    pub async fn sign_in(&self, person: &Person) {
        self.visit("/login").await;
        self.fill("identifier", &person.email).await;
        self.fill("password", PASSWORD).await;
        self.press("Sign in").await;
        self.is_at("/").await;
    }

    pub async fn back(&self) {
        self.driver.back().await.unwrap();
    }

    pub async fn forward(&self) {
        self.driver.forward().await.unwrap();
    }

    pub async fn reload(&self) {
        self.driver.refresh().await.unwrap();
    }

    /// Nothing while one page gives way to the next.
    pub async fn text(&self) -> String {
        match self.driver.find(By::Tag("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Now or soon.
    pub async fn sees(&self, words: &str) {
        let patience = Instant::now() + PATIENCE;
        while !self.text().await.contains(words) {
            assert!(Instant::now() < patience, "{words:?} is not in: {}", self.text().await);
            sleep(POLL).await;
        }
    }

    pub async fn sees_nothing_of(&self, words: &str) {
        let source = self.driver.source().await.unwrap();
        assert!(!source.contains(words), "{words:?} is in: {source}");
    }

    pub async fn is_at(&self, path: &str) {
        let url = self.driver.current_url().await.unwrap();
        assert_eq!(url.path(), path, "{}", self.text().await);
    }

    /// Wherever the focus is.
    pub async fn types(&self, keys: impl Into<TypingData>) {
        self.driver.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// By Tab alone, with no more presses than a patient person makes.
    pub async fn tabs_to(&self, field: &str) {
        for _ in 0..30 {
            if self.focus().await == field {
                return;
            }
            self.types(Key::Tab).await;
        }
        panic!("{field} cannot be reached by Tab");
    }

    /// The id of the field where typing would go.
    pub async fn focus(&self) -> String {
        self.driver.active_element().await.unwrap().id().await.unwrap().unwrap_or_default()
    }

    /// What a script of the driver's own returns.
    pub async fn asked<T: DeserializeOwned>(&self, expression: &str) -> T {
        self.driver.execute(format!("return {expression}"), vec![]).await.unwrap().convert().unwrap()
    }

    /// All that it keeps, of whatever site and path, but for what it is known by from one sign-in to the next.
    pub async fn cookies(&self) -> Vec<Value> {
        let kept = self.devtools("Storage.getCookies", json!({})).await;
        let is_device = |cookie: &Value| cookie["name"].as_str().is_some_and(|name| name.ends_with("-device"));
        kept["cookies"].as_array().unwrap().iter().filter(|cookie| !is_device(cookie)).cloned().collect()
    }

    /// Of the whole visit. Without scripts no page can listen; what the browser notes in its log remains.
    pub async fn violations(&self) -> Vec<String> {
        let mut violations: Vec<String> = self.asked("JSON.parse(sessionStorage.violations || '[]')").await;
        let log = self.driver.browser_log().await.unwrap().into_iter().map(|entry| entry.message);
        violations.extend(log.filter(|message| message.contains("Content Security Policy")));
        violations
    }

    pub async fn is_wide(&self, pixels: u32) {
        let screen = json!({ "width": pixels, "height": 800, "deviceScaleFactor": 1, "mobile": pixels < 640 });
        self.devtools("Emulation.setDeviceMetricsOverride", screen).await;
    }

    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.driver.cdp().send_raw(command, parameters).await.unwrap()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        self.driver.clone().leak().ok();
        self.chromedriver.end(&self.driver.session_id().to_string()).ok();
    }
}
