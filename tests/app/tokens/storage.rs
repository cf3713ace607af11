use super::{EMAIL, HOUR, access_token, connected, identity, kept, tokens};
use crate::support::{App, Issuer, PLAIN};
use app::{
    db::Timestamp,
    oauth::tokens::{Cached, Database, Memory, Nowhere, Owner, StorageError, TokenSet, TokenStorage},
};
use secrecy::ExposeSecret;
use std::{sync::Arc, time::Duration};

fn in_database(app: &App) -> Database {
    Database::new(app.db().clone(), app.state.sealer.clone())
}

fn site(provider: &str) -> Owner {
    Owner::Site { provider: provider.to_owned(), issuer: "https://login.example.com".to_owned() }
}

async fn access(storage: &dyn TokenStorage, owner: &Owner) -> Option<String> {
    storage.get(owner).await.unwrap().map(|tokens| tokens.access_token.expose_secret().to_owned())
}

/// Flask-Dance's rows of nobody in particular were all deleted by whoever set one.
#[tokio::test]
async fn whoever_sets_or_deletes_touches_their_own_alone() {
    let app = App::new().await;
    let (ada, eve) = (app.user(EMAIL).await, app.user("eve@example.com").await);
    app.connect(&ada, "ada").await;
    app.connect(&eve, "eve").await;
    let owners = [Owner::from(&identity(&app, &ada).await), Owner::from(&identity(&app, &eve).await), site("a"), site("b")];
    let storages: [Arc<dyn TokenStorage>; 3] =
        [Arc::new(in_database(&app)), Arc::new(Memory::default()), Arc::new(Cached::new(Arc::new(in_database(&app))))];

    for storage in &storages {
        for (number, owner) in owners.iter().enumerate() {
            storage.set(owner, &tokens("old")).await.unwrap();
            storage.set(owner, &tokens(&number.to_string())).await.unwrap();
        }
        storage.delete(&owners[0]).await.unwrap();
        storage.delete(&owners[0]).await.unwrap();

        assert_eq!(access(&**storage, &owners[0]).await, None);
        for (number, owner) in owners.iter().enumerate().skip(1) {
            assert_eq!(access(&**storage, owner).await, Some(number.to_string()));
        }
    }
    Nowhere.set(&owners[0], &tokens("x")).await.unwrap();
    assert_eq!(access(&Nowhere, &owners[0]).await, None);
}

#[tokio::test]
async fn of_many_who_set_the_first_one_row_comes() {
    let app = App::new().await;
    let ada = app.user(EMAIL).await;
    app.connect(&ada, "ada").await;
    let owner = Owner::from(&identity(&app, &ada).await);

    let sets = (0..8).map(|number| {
        let (storage, owner) = (in_database(&app), owner.clone());
        tokio::spawn(async move { storage.set(&owner, &tokens(&number.to_string())).await })
    });
    for set in sets.collect::<Vec<_>>() {
        set.await.unwrap().unwrap();
    }

    assert_eq!(app.count("provider_tokens").await, 1);
}

#[tokio::test]
async fn of_a_connection_that_is_gone_nothing_is_kept() {
    let app = App::new().await;
    let ada = app.user(EMAIL).await;
    app.connect(&ada, "ada").await;
    let owner = Owner::from(&identity(&app, &ada).await);
    in_database(&app).set(&owner, &tokens("a")).await.unwrap();

    app.execute("DELETE FROM identities").await;

    assert_eq!(app.count("provider_tokens").await, 0);
    in_database(&app).set(&owner, &tokens("b")).await.unwrap();
    assert_eq!(app.count("provider_tokens").await, 0);
}

/// Nothing that a database holds is of use without `SECRET_KEY`, nor in another place.
#[tokio::test]
async fn tokens_open_in_their_own_row_alone() {
    let app = App::new().await;
    let (ada, eve) = (app.user(EMAIL).await, app.user("eve@example.com").await);
    app.connect(&ada, "ada").await;
    app.connect(&eve, "eve").await;
    let owners = [Owner::from(&identity(&app, &ada).await), Owner::from(&identity(&app, &eve).await)];
    for owner in &owners {
        in_database(&app).set(owner, &tokens(&owner.key())).await.unwrap();
    }

    app.execute("UPDATE provider_tokens SET sealed = (SELECT s FROM (SELECT MAX(sealed) AS s FROM provider_tokens) AS one)").await;

    let mut refused = 0;
    for owner in &owners {
        match in_database(&app).get(owner).await {
            Ok(tokens) => assert_eq!(tokens.unwrap().access_token.expose_secret(), owner.key()),
            Err(error @ StorageError::Unreadable(_)) => {
                refused += 1;
                assert!(error.to_string().contains("they belong to another row"));
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(refused, 1);
}

#[tokio::test]
async fn nobody_gets_tokens_with_an_identity_that_was_moved_to_them() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    connected(&app, &issuer).await;
    let eve = app.user("eve@example.com").await;

    app.execute(&format!("UPDATE identities SET user_id = {}", eve.id)).await;

    let owner = Owner::from(&identity(&app, &eve).await);
    assert!(matches!(in_database(&app).get(&owner).await, Err(StorageError::Unreadable(_))));
    app.browser_of(&eve).await.get("/account/connections").await.is(200).shows("cannot be read").hides("<dt>Profile</dt>");
}

#[tokio::test]
async fn no_table_holds_a_token() {
    let issuer = Issuer::start(PLAIN).await;
    issuer.hands_out(3600);
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, mut browser) = connected(&app, &issuer).await;
    assert_eq!(access_token(&app, &ada).await, "access-1");
    browser.post(&format!("/account/connections/{}/disconnect", identity(&app, &ada).await.id), &[]).await;
    browser.dance(&issuer, "sso", "connect", "").await.redirects_to("/account/connections");
    issuer.says(serde_json::json!({ "sub": "2" }));
    app.browser().continue_with(&issuer, "sso").await.redirects_to("/oauth/finish");

    let columns =
        [("provider_tokens", "sealed"), ("oauth_attempts", "sealed"), ("jobs", "payload"), ("sessions", "data"), ("audit", "detail")];
    for (table, column) in columns {
        let texts = app.column(table, column).await;
        assert!(!texts.is_empty(), "nothing in {table}");
        assert!(texts.iter().all(|text| !text.contains("access-") && !text.contains("refresh-")), "{table}.{column}: {texts:?}");
    }
}

#[tokio::test]
async fn a_cache_forgets_what_is_set_or_deleted_and_tells_nobody_elses() {
    let app = App::new().await;
    let (ada, eve) = (app.user(EMAIL).await, app.user("eve@example.com").await);
    app.connect(&ada, "ada").await;
    let owner = Owner::from(&identity(&app, &ada).await);
    let cache = Cached::new(Arc::new(in_database(&app)));
    cache.set(&owner, &tokens("1")).await.unwrap();
    assert_eq!(access(&cache, &owner).await.as_deref(), Some("1"));
    in_database(&app).set(&owner, &tokens("2")).await.unwrap();
    let before = app.db().round_trips();

    assert_eq!(access(&cache, &owner).await.as_deref(), Some("1"));
    assert_eq!(app.db().round_trips(), before);
    assert_eq!(cache.get_uncached(&owner).await.unwrap().unwrap().access_token.expose_secret(), "2");
    assert_eq!(access(&cache, &owner).await.as_deref(), Some("2"));
    cache.set(&owner, &tokens("3")).await.unwrap();
    assert_eq!(access(&cache, &owner).await.as_deref(), Some("3"));
    cache.delete(&owner).await.unwrap();
    assert_eq!(access(&cache, &owner).await, None);

    cache.set(&owner, &tokens("4")).await.unwrap();
    access(&cache, &owner).await.unwrap();
    app.execute(&format!("UPDATE identities SET user_id = {}", eve.id)).await;
    // Whoever is signed in now is another owner.
    assert!(matches!(cache.get(&Owner::from(&identity(&app, &eve).await)).await, Err(StorageError::Unreadable(_))));
}

#[tokio::test]
async fn how_long_tokens_last_is_worked_out_and_not_kept() {
    let app = App::new().await;
    let ada = app.user(EMAIL).await;
    app.connect(&ada, "ada").await;
    let owner = Owner::from(&identity(&app, &ada).await);
    let at = Timestamp::now().after(HOUR);
    in_database(&app).set(&owner, &TokenSet { expires_at: Some(at), ..tokens("a") }).await.unwrap();

    let read = kept(&app, &ada).await.unwrap();

    assert_eq!(read.expires_at, Some(at));
    let left = read.expires_in().unwrap();
    assert!(left <= HOUR && left > HOUR - Duration::from_secs(60), "{left:?}");
    assert!(!format!("{read:?}").contains("\"a\"") && !read.needs_refresh());
}
