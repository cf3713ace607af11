use crate::support::{App, PASSWORD};

#[tokio::test]
async fn who_registers_is_signed_in_and_told_so() {
    let app = App::new().await;
    let mut browser = app.browser();

    browser.register("Ada@Example.com ", "Ada", PASSWORD).await.redirects_to("/account");

    browser.get("/account").await.is(200).shows("Your account is ready.").shows("ada@example.com");
    browser.get("/account").await.hides("Your account is ready.");
}

#[tokio::test]
async fn who_registers_holds_the_role_user() {
    let app = App::new().await;

    app.browser().register("ada@example.com", "ada", PASSWORD).await.redirects_to("/account");

    let grants = "user_roles JOIN roles ON roles.id = role_id WHERE name = 'user'";
    assert_eq!(app.count(grants).await, 1);
}

#[tokio::test]
async fn an_address_or_username_that_is_taken_is_refused_beside_its_field() {
    let app = App::new().await;
    app.user("ada@example.com").await;

    app.browser().register("ADA@example.com", "grace", PASSWORD).await.refuses("email").hides(PASSWORD);
    app.browser().register("grace@example.com", "ＡＤＡ", PASSWORD).await.refuses("username");

    assert_eq!(app.count("users").await, 1);
}

#[tokio::test]
async fn what_was_typed_is_kept_but_for_the_password() {
    let app = App::new().await;

    let page = app.browser().register("ada@example.com", "a", "short").await;

    page.refuses("username").refuses("password").shows("value=\"ada@example.com\"").hides("short");
    assert_eq!(page.body.matches("autofocus").count(), 1, "the first wrong field has the focus");
}

#[tokio::test]
async fn what_is_no_address_is_refused() {
    let app = App::with(&[("LIMIT_SCALE", "10")]).await;
    let long = format!("{}@example.com", "a".repeat(250));

    for email in [
        "",
        "ada",
        "a@b",
        "@example.com",
        "ada@",
        "v@x.t,a@y.t",
        "v@x.t;a@y.t",
        "\"a b\"@x.t",
        "a@x.t\r\nBcc: v@y.t",
        "a@1.2.3.4",
        "a\u{200b}@x.t",
        "a b@x.t",
        &long,
    ] {
        app.browser().register(email, "ada", PASSWORD).await.refuses("email");
    }
}

#[tokio::test]
async fn what_is_no_username_is_refused() {
    let app = App::with(&[("LIMIT_SCALE", "10")]).await;

    for username in [
        "",
        "ab",
        "a@b.c",
        "admin",
        "Admin",
        "ａｄｍｉｎ",
        "аdmin",
        "admin\u{200b}",
        "admin.",
        "admın",
        "다라마\u{1160}",
        "\u{3164}\u{3164}\u{3164}",
        "adaʼ",
        "ーーー",
        ".ada",
        "a b c",
        "root",
        "ada🦀",
        &"a".repeat(33),
    ] {
        app.browser().register("ada@example.com", username, PASSWORD).await.refuses("username");
    }
}

#[tokio::test]
async fn guessable_passwords_are_refused_with_a_reason() {
    let app = App::with(&[("LIMIT_SCALE", "10"), ("APP_NAME", "Orchard & Quill Portal")]).await;

    for password in [
        "password1234",
        "123456789012",
        "qwertyuiopas",
        "ada.lovelace",
        "lovelaceada1",
        "aaaaaaaaaaaa",
        "orchardquill",
        "Orchard & Quill!",
        "quill-portal-2026",
        "myorchardpassword",
        "letmeinletmein",
        "pass-word-1234",
        "p a s s w o r d 1 2 3",
        " password1234 ",
        "12:34:56:78:90",
        "lovelace-LOVELACE",
        "Ada.Lovelace.9",
    ] {
        app.browser().register("ada.lovelace@example.com", "lovelace", password).await.refuses("password").shows("easy to guess");
    }
}

#[tokio::test]
async fn nobody_takes_their_own_address_for_a_password() {
    let app = App::with(&[("LIMIT_SCALE", "10")]).await;

    for (email, password) in [
        ("jo.von.der.au@example.com", "jo.von.der.au"),
        ("abc.dfg.hjk.q@example.com", "abcdfghjkq12"),
        ("tim.fox.kay.27@example.com", "tim.fox.kay.27"),
    ] {
        app.browser().register(email, "usq1z", password).await.refuses("password");
    }
}

#[tokio::test]
async fn fields_of_the_row_cannot_be_sent_along() {
    let app = App::new().await;
    let fields = [("email", "ada@example.com"), ("username", "ada"), ("password", PASSWORD)];
    let more =
        [("id", "7"), ("role", "admin"), ("is_admin", "1"), ("email_confirmed_at", "1"), ("created_at", "1"), ("deactivated_at", "1")];

    app.browser().post("/register", &[fields.as_slice(), &more].concat()).await.redirects_to("/account");

    assert_eq!(app.count("users WHERE id = 1 AND email_confirmed_at IS NULL AND deactivated_at IS NULL AND created_at > 1").await, 1);
    assert_eq!(app.count("user_roles JOIN roles ON roles.id = role_id WHERE name <> 'user'").await, 0);
}

#[tokio::test]
async fn who_is_signed_in_needs_no_second_account() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;

    app.browser_of(&ada).await.get("/register").await.redirects_to("/account");
}

#[tokio::test]
async fn there_is_no_account_to_begin_with() {
    let app = App::new().await;

    assert_eq!(app.count("users").await, 0);
    app.browser().sign_in("admin", "admin").await.is(422);
    app.browser().sign_in("admin@example.com", "password").await.is(422);
}

#[tokio::test]
async fn a_long_address_is_no_password_either() {
    let app = App::new().await;
    let local = "kqzvjxwpbmtrhgdnflcsyeuaoiqkzvjxwpbmtrhgdnfl";

    for password in [local.to_owned(), local.to_uppercase(), format!("{local}9!")] {
        app.browser().register(&format!("{local}@example.com"), "ada", &password).await.refuses("password");
    }
}
