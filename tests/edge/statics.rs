use crate::support::App;

#[tokio::test]
async fn the_page_names_files_that_exist() {
    let app = App::new().await;
    let page = app.browser().get("/").await;

    let files: Vec<&str> = page.body.split('"').filter(|text| text.starts_with("/static/")).collect();

    assert!(files.len() >= 3);
    for file in files {
        assert!(!app.browser().get(file).await.is(200).body.is_empty());
    }
}

#[tokio::test]
async fn files_beside_the_app_are_out_of_reach() {
    let app = App::new().await;

    for path in [
        "/.env",
        "/.git/config",
        "/app.db",
        "/data/dev.key",
        "/Cargo.toml",
        "/static",
        "/static/",
        "/static/../Cargo.toml",
        "/static/%2e%2e/Cargo.toml",
        "/static/..%2fCargo.toml",
        "/static//etc/passwd",
        "/static/vendor/",
    ] {
        app.browser().get(path).await.is(404);
    }
}

#[tokio::test]
async fn static_files_are_asked_for_only_when_they_changed() {
    let app = App::new().await;
    let etag = app.browser().get("/static/app.css").await.header("etag").to_owned();

    let again = app.browser().with_header("if-none-match", &etag).get("/static/app.css").await;

    assert_eq!((again.is(304).body.as_str(), again.header("cache-control")), ("", "no-cache"));
}
