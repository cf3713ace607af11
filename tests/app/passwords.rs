use crate::support::{App, PASSWORD};

#[tokio::test]
async fn a_hash_is_argon2id_with_salt_of_its_own() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    app.user("grace@example.com").await;

    let hashes = app.column("users", "password_hash").await;

    let parts: Vec<Vec<&str>> = hashes.iter().map(|hash| hash.split('$').collect()).collect();
    assert!(hashes.iter().all(|hash| hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")));
    assert!(parts[0][4] != parts[1][4] && parts[0][5] != parts[1][5]);
    assert!(parts[0][4].len() >= 22 && parts[0][5].len() >= 43, "16 bytes of salt, 32 of hash");
}

#[tokio::test]
async fn a_weak_hash_is_replaced_by_a_sign_in_with_the_right_password_only() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let weak = weak_hash();
    app.execute(&format!("UPDATE users SET password_hash = '{weak}'")).await;

    app.browser().sign_in("ada", "not the password").await.is(422);
    assert_eq!(app.column("users", "password_hash").await[0], weak);

    app.browser().sign_in("ada", PASSWORD).await.redirects_to("/");
    assert!(app.column("users", "password_hash").await[0].contains("m=19456,t=2,p=1"));
    assert_eq!(app.row(&ada).await.credentials, 0, "it is the same password");
}

/// Of `PASSWORD`, under half of today's work.
fn weak_hash() -> String {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(9728, 2, 1, Some(32)).unwrap());
    argon2.hash_password_with_salt(PASSWORD.as_bytes(), b"somesaltsomesalt").unwrap().to_string()
}

#[tokio::test]
async fn what_is_no_hash_signs_nobody_in() {
    let app = App::with(&[("LIMIT_SCALE", "10")]).await;
    app.user("ada@example.com").await;

    for hash in ["NULL", "''", "'!'", "'plaintext'", "'$argon2id$junk'", "'$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA'"] {
        app.execute(&format!("UPDATE users SET password_hash = {hash}")).await;
        for password in ["", "plaintext", PASSWORD] {
            app.browser().sign_in("ada", password).await.is(422);
        }
    }
}

#[tokio::test]
async fn lengths_are_counted_in_code_points() {
    let app = App::with(&[("LIMIT_SCALE", "10")]).await;
    let refused = ["elevenchar1", "🦀🐙🦑🐡🐠🐬🐳🐋🦈🐊🐅", &"x7 q".repeat(65)];
    let accepted =
        ["q7#vK9!mZ2@p", "🦀🐙🦑🐡🐠🐬🐳🐋🦈🐊🐅🐆", "xkqjzvbnwmtrplsdfghy", &format!("tulip orchard 93 lantern {}", "z".repeat(39))];

    for password in refused {
        app.browser().register("ada@example.com", "ada", password).await.refuses("password");
    }
    for (n, password) in accepted.iter().enumerate() {
        app.browser().register(&format!("p{n}@example.com"), &format!("per{n}"), password).await.redirects_to("/account");
    }
}

#[tokio::test]
async fn a_password_that_is_too_long_is_refused_unhashed_everywhere() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    let long = "x7 q".repeat(65);
    let before = (app.count("throttles").await, app.count("audit").await);

    app.browser().sign_in("ada", &long).await.is(422);
    browser.post("/verify", &[("password", &long), ("next", "")]).await.is(422);
    browser.post("/account/password", &[("current_password", &long), ("password", PASSWORD)]).await.is(422);
    browser.post("/account/password", &[("current_password", PASSWORD), ("password", &long)]).await.is(422);

    assert_eq!((app.count("throttles").await, app.count("audit").await), before);
}

#[tokio::test]
async fn every_character_counts() {
    let app = App::with(&[("LIMIT_SCALE", "10")]).await;
    let prefix = "bV3 kettle Ωmega 29 harbour ".repeat(3);
    let password = format!(" {prefix}x ");
    app.browser().register("ada@example.com", "ada", &password).await.redirects_to("/account");

    for other in [format!(" {prefix}y "), format!("{prefix}x "), format!(" {prefix}x"), password.to_uppercase()] {
        app.browser().sign_in("ada", &other).await.is(422);
    }
    app.browser().sign_in("ada", &password).await.redirects_to("/");
}

#[tokio::test]
async fn the_same_keys_on_another_keyboard_make_the_same_password() {
    let app = App::new().await;
    app.browser().register("ada@example.com", "ada", "caf\u{e9} tulip 93 lantern").await.redirects_to("/account");

    app.browser().sign_in("ada", "cafe\u{301} tulip 93 lantern").await.redirects_to("/");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_no_password() {
    let app = App::new().await;
    let body = |password: &str| format!("email=ada%40example.com&username=ada&password={password}");

    for password in ["tulip+orchard+93+%ff", "tulip+orchard+93+%00lantern", "tulip+orchard+93+%ed%a0%80"] {
        app.browser().post_raw("/register", body(password)).await.is(422);
    }

    assert_eq!(app.count("users").await, 0);
}

#[tokio::test]
async fn a_hash_that_would_hold_up_everybody_is_nobodys() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let greedy = "$argon2id$v=19$m=268435456,t=16,p=1$c29tZXNhbHRzb21lc2FsdA$c29tZWhhc2hzb21laGFzaHNvbWVoYXNoc29tZWhhc2g";

    app.execute(&format!("UPDATE users SET password_hash = '{greedy}' WHERE id = {}", ada.id)).await;

    app.browser().sign_in("ada", PASSWORD).await.is(422);
}
