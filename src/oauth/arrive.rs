use super::{
    Result, Return,
    attempts::{self, New},
    finish::Waiting,
};
use crate::{
    accounts::{
        self, Client,
        identities::{self, Arrival, Claim},
    },
    config::Config,
    db::{Db, writing},
    seal::random_id,
};

/// Somebody came back to sign in. A stranger's identity waits in their browser until they have said more.
pub async fn arrive(db: &Db, config: &Config, client: &Client, returned: &Return) -> Result<Arrival> {
    let claim = &returned.claim;
    let arrival = match settle(db, config, client, claim).await {
        // Another request was first to make what this one was about to; what it made is there now.
        Err(accounts::Error::EmailTaken | accounts::Error::UsernameTaken | accounts::Error::IdentityTaken) => {
            settle(db, config, client, claim).await?
        }
        settled => settled?,
    };
    if matches!(arrival, Arrival::Stranger) {
        let waiting = Waiting::new(claim, &returned.tokens, &returned.next);
        let new = New { provider: &claim.provider, intent: None, browser: &returned.browser, by: None };
        attempts::insert(db, config, &random_id(), new, &waiting).await?;
    }
    Ok(arrival)
}

async fn settle(db: &Db, config: &Config, client: &Client, claim: &Claim) -> accounts::Result<Arrival> {
    let tx = writing(db).await?;
    let arrival = identities::arrive(&tx, config, client, claim).await?;
    tx.commit().await?;
    Ok(arrival)
}
