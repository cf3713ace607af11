use crate::support::{App, Response};
use axum::{body::Body, http::Method};

async fn signs_in_with(app: &App, body: impl Into<Body>) -> Response {
    app.browser().post_raw("/login", body).await
}

#[tokio::test]
async fn forms_come_as_browsers_send_them() {
    let app = App::new().await;

    for kind in ["application/json", "multipart/form-data; boundary=x", "text/plain", ""] {
        let answer = app.browser().send(Method::POST, "/login", "identifier=a&password=b".into(), Some(kind)).await;
        answer.is(415).shows("Wrong kind of content").hides("expected");
    }
    let charset = "application/x-www-form-urlencoded; charset=UTF-8";
    app.browser().send(Method::POST, "/login", "identifier=a&password=b".into(), Some(charset)).await.is(422).shows("is wrong");
}

#[tokio::test]
async fn a_form_that_did_not_arrive_as_it_was_filled_in_is_refused_without_the_parsers_words() {
    let app = App::new().await;
    let many = (0..10_000).map(|n| format!("f{n}=")).collect::<Vec<_>>().join("&");
    let broken = [
        "",
        "identifier=a",
        "identifier=a&identifier=b&password=c",
        "identifier=a&password=b&x=1&x=2",
        "identifier[]=a&password=b",
        "a[b]=1&identifier=a&password=b",
        "identifier=%ff&password=b",
        "identifier=a&password=%fe",
        "identifier=a%00&password=b",
        "identifier=a&password=b&%ff=1",
        "identifier=%ed%a0%80&password=b",
        &many[..60_000],
    ];

    for body in broken {
        signs_in_with(&app, body.to_owned()).await.is(422).shows("Incomplete form").hides("missing field").hides("duplicate");
    }
    signs_in_with(&app, vec![b'i', 0xff, b'=', b'a']).await.is(422);
}

#[tokio::test]
async fn a_form_holds_at_most_64_kib() {
    let app = App::new().await;
    let field = |bytes: usize| format!("identifier=a&password={}", "x".repeat(bytes));

    signs_in_with(&app, field(64 * 1024)).await.is(413).shows("64 KiB");
    signs_in_with(&app, field(2 * 1024 * 1024)).await.is(413);
    signs_in_with(&app, field(60 * 1024)).await.is(422);
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let app = App::new().await;
    app.user("ada@example.com").await;

    let body = format!("identifier=ada&password={}&utm_source=x&tracking=y", crate::support::PASSWORD.replace(' ', "+"));

    signs_in_with(&app, body).await.redirects_to("/");
}

#[tokio::test]
async fn odd_text_is_kept_or_refused_and_never_an_error() {
    let app = App::with(&[("LIMIT_SCALE", "100")]).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    let odd = [
        "\u{fffe}",
        "\u{202e}x",
        "a\u{200d}b",
        "   ",
        "🦀",
        "'",
        "\"",
        "\\",
        "𝕏",
        "%",
        "_",
        "--",
        "\r\n",
        "\t",
        "\u{1b}[0m",
        &"x".repeat(20_000),
    ];

    for text in odd {
        let status = browser.post("/account", &[("username", text), ("name", text)]).await.status.as_u16();
        assert!([303, 422].contains(&status), "{text:?}: {status}");
        let status = browser.post("/account", &[("username", "ada"), ("name", text)]).await.status.as_u16();
        assert!([303, 422].contains(&status), "{text:?}: {status}");
        app.browser().register(text, text, text).await.is(422);
        app.browser().sign_in(text, text).await.is(422);
    }
}
