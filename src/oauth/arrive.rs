use super::{
    Grants, Result, Return,
    attempts::{self, New},
    finish::Waiting,
};
use crate::{
    accounts::{
        self, Client, Viewer,
        identities::{self, Arrival, Claim, Connection},
    },
    config::Config,
    db::{Db, writing},
    seal::random_id,
};

/// Somebody came back to sign in. A stranger's identity waits in their browser until they have said more.
pub async fn arrive(grants: &Grants, client: &Client, returned: &Return) -> Result<Arrival> {
    let (db, config) = (grants.db(), grants.config());
    let claim = &returned.claim;
    let arrival = match settle(db, config, client, claim).await {
        // Another request was first to make what this one was about to; what it made is there now.
        Err(accounts::Error::EmailTaken | accounts::Error::UsernameTaken | accounts::Error::IdentityTaken) => {
            settle(db, config, client, claim).await?
        }
        settled => settled?,
    };
    match arrival {
        Arrival::Here(..) => grants.keep_unless_less(claim, &returned.tokens).await,
        Arrival::Stranger => {
            let waiting = Waiting::new(claim, &returned.tokens, &returned.next);
            let new = New { provider: &claim.provider, intent: None, browser: &returned.browser, by: None };
            attempts::insert(db, config, &random_id(), new, &waiting).await?;
        }
        _ => {}
    }
    Ok(arrival)
}

/// Somebody who is signed in came back to connect an account there, or to have the app do more with it.
pub async fn connect(grants: &Grants, client: &Client, viewer: &Viewer, returned: &Return) -> accounts::Result<Connection> {
    let connection = identities::connect(grants.db(), grants.config(), client, viewer, &returned.claim).await?;
    match connection {
        Connection::Taken => {}
        _ if returned.asked_for_more() => grants.keep(&returned.claim, &returned.tokens).await,
        _ => grants.keep_unless_less(&returned.claim, &returned.tokens).await,
    }
    Ok(connection)
}

async fn settle(db: &Db, config: &Config, client: &Client, claim: &Claim) -> accounts::Result<Arrival> {
    let tx = writing(db).await?;
    let arrival = identities::arrive(&tx, config, client, claim).await?;
    tx.commit().await?;
    Ok(arrival)
}
