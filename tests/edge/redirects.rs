use crate::support::{App, PASSWORD};
use app::{config::BaseUrl, web::redirect::LocalPath};

const ELSEWHERE: [&str; 56] = [
    "//evil.t",
    "///evil.t",
    "////evil.t/%2e%2e",
    "/\\evil.t",
    "\\/evil.t",
    "\\\\evil.t",
    "/%09/evil.t",
    "/\t/evil.t",
    "/\n/evil.t",
    "/account\r\nLocation: //evil.t",
    "%0d%0aLocation:%20//evil.t",
    "http:evil.t",
    "http:///evil.t",
    "https:evil.t/@localhost",
    "HtTpS://evil.t",
    "https://localhost@evil.t",
    "https://localhost.evil.t",
    "https://evil.t\\.localhost",
    "https://evil.t%5C.localhost",
    "https://u:p@evil.t\\.localhost",
    "https://localhost:443@evil.t",
    "javascript:alert(1)",
    "JaVa\nScRiPt:alert(1)",
    "data:text/html,<script>",
    "vbscript:x",
    "blob:x",
    "file:///etc/passwd",
    " //evil.t",
    "\u{19}//evil.t",
    "\u{200a}//evil.t",
    "/%2f%2fevil.t",
    "/..//evil.t",
    "/.//evil.t",
    "//evil\u{3002}t",
    "//[::1]/",
    "//127.1/",
    "/a\0//evil.t",
    "",
    "/\u{e9}",
    "/;@evil.t",
    "account",
    "./account",
    "?x",
    "#x",
    "http://localhost:3000/account",
    "/account//",
    "/account/%2e%2e//evil.t",
    "/./account/..//evil.t",
    "/nope",
    "/logout",
    "/theme",
    "/static/app.css",
    "/account;x",
    "/ACCOUNT",
    "/\\/account",
    "@evil.t",
];

#[test]
fn what_leads_elsewhere_is_no_local_path() {
    let base = BaseUrl::localhost(3000);

    for text in ELSEWHERE.into_iter().chain(["/a".repeat(4096).as_str()]) {
        assert_eq!(LocalPath::parse(&base, text), None, "{text:?}");
    }
}

#[test]
fn a_page_of_ours_is_a_local_path_in_its_normal_form() {
    let base = BaseUrl::localhost(3000);
    let pages = [
        ("/", "/"),
        ("/account", "/account"),
        ("/account?a=b%20c&d", "/account?a=b%20c&d"),
        ("/account#top", "/account"),
        ("/x/../account", "/account"),
        ("/?q=//evil.t", "/?q=//evil.t"),
    ];

    for (text, path) in pages {
        assert_eq!(LocalPath::parse(&base, text).unwrap().as_str(), path);
    }
}

#[tokio::test]
async fn signing_in_and_proving_it_lead_home_instead() {
    let app = App::with(&[("LIMIT_SCALE", "100")]).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    for text in ["//evil.t", "/\\evil.t", "https://evil.t", "/..//evil.t", "/logout", "javascript:alert(1)", "/login?next=//evil.t"] {
        app.browser().post("/login", &[("identifier", "ada"), ("password", PASSWORD), ("next", text)]).await.redirects_to("/");
        browser.post("/verify", &[("password", PASSWORD), ("next", text)]).await.redirects_to("/");
    }
}

#[tokio::test]
async fn the_theme_switch_stays_on_our_pages() {
    let app = App::new().await;
    let mut browser = app.browser();

    for (next, target) in
        [("//evil.t", "/"), ("/logout", "/"), ("/register", "/register"), ("/login?next=/account", "/login?next=/account")]
    {
        browser.post("/theme", &[("theme", "dark"), ("next", next)]).await.redirects_to(target);
    }
}

#[tokio::test]
async fn a_next_that_leads_elsewhere_is_not_even_shown() {
    let app = App::new().await;

    for query in ["next=//evil.t", "next=/account&next=//evil.t", "next[]=//evil.t", "next=%ff", "next=https:%2f%2fevil.t"] {
        app.browser().get(&format!("/login?{query}")).await.is(200).shows("name=\"next\" value=\"\"");
    }
}

#[tokio::test]
async fn no_referer_is_a_target() {
    let app = App::new().await;
    app.user("ada@example.com").await;

    let mut browser = app.browser().with_header("referer", "http://localhost:3000/account/password");

    browser.sign_in("ada", PASSWORD).await.redirects_to("/");
}
