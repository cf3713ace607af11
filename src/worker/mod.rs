//! Does what is queued: the list of jobs and the schedule. Any number of workers may share a database, inside `serve` or alone.
mod pause;
mod run;

pub use run::{run, work_off};

use crate::{
    accounts::{self, identities::Revocation},
    config::Config,
    db::Db,
    jobs::{self, Job, Leased},
    mail::{self, Refusal, Transport},
    oauth::{Grants, RevocationError},
};
use futures_util::future::BoxFuture;
use std::{sync::Arc, time::Duration};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// A line a job: what it has to know comes out of the queue, or it is due again and again.
fn list() -> List {
    List::default()
        .on(async |to, id, mail: mail::Delivery| deliver(&to, &id, &mail).await)
        .which_waits_for_others()
        .on(async |to, _, revocation: Revocation| revoke(&to, &revocation).await)
        .which_waits_for_others()
        .on(async |to, _, asked: accounts::ForgottenPassword| Ok(asked.answer(&to.db, &to.config).await?))
        .on(async |to, _, asked: accounts::WantedRegistration| Ok(asked.answer(&to.db, &to.config).await?))
        .on(async |to, _, asked: accounts::WantedEmail| Ok(asked.answer(&to.db, &to.config).await?))
        .every(HOUR, "clean-up", async |to| Ok(accounts::clean_up(&to.db).await.map(drop)?))
}

/// What jobs work with.
pub struct Tools {
    pub db: Db,
    pub config: Config,
    /// None where there is no mail.
    pub transport: Option<Transport>,
    pub grants: Grants,
}

/// Why a job was not done.
pub enum Failure {
    /// To be tried again. Told to who looks at the queue, so without a word of the payload.
    ForNow(String),
    ForGood(String),
    /// Logged in full, and tried again.
    Inside(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Inside(error.into())
    }
}

type Outcome = Result<(), Failure>;
type Run = Arc<dyn Fn(Arc<Tools>, Leased) -> BoxFuture<'static, Outcome> + Send + Sync>;

/// A line of the list.
struct Entry {
    kind: &'static str,
    /// None: once for each row.
    every: Option<Duration>,
    /// For a server of somebody else, for as long as that likes.
    waits: bool,
    run: Run,
}

#[derive(Default)]
struct List(Vec<Entry>);

impl List {
    fn on<J: Job, F>(self, run: impl Fn(Arc<Tools>, String, J) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let run = Arc::new(run);
        self.with(J::KIND, None, move |tools, leased| {
            let run = run.clone();
            Box::pin(async move {
                let Some(job) = jobs::open(&tools.config, &leased) else {
                    // Another instance may have that key, or be of that version.
                    return Err(Failure::ForNow("it cannot be read here: its key is not here, or another version wrote it".to_owned()));
                };
                run(tools, leased.public_id, job).await
            })
        })
    }

    fn every<F>(self, pause: Duration, kind: &'static str, run: impl Fn(Arc<Tools>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        self.with(kind, Some(pause), move |tools, _| Box::pin(run(tools)))
    }

    fn with(
        mut self,
        kind: &'static str,
        every: Option<Duration>,
        run: impl Fn(Arc<Tools>, Leased) -> BoxFuture<'static, Outcome> + Send + Sync + 'static,
    ) -> Self {
        self.0.push(Entry { kind, every, waits: false, run: Arc::new(run) });
        self
    }

    /// The line above: so few run at once that the others need not wait for it.
    fn which_waits_for_others(mut self) -> Self {
        self.0.last_mut().expect("a line above").waits = true;
        self
    }
}

async fn deliver(tools: &Tools, id: &str, mail: &mail::Delivery) -> Outcome {
    let Some(transport) = &tools.transport else { return Err(Failure::ForGood("there is no mail: MAIL is off".to_owned())) };
    transport.deliver(&tools.config, id, mail).await.map_err(|refusal| match refusal {
        Refusal::ForNow(why) => Failure::ForNow(why),
        Refusal::ForGood(why) => Failure::ForGood(why),
    })
}

async fn revoke(tools: &Tools, revocation: &Revocation) -> Outcome {
    tools.grants.revoke(revocation).await.map_err(|error| match error {
        RevocationError::Provider(failure) => Failure::ForNow(format!("{}: {failure}", revocation.owner.provider().0)),
        RevocationError::Storage(error) => Failure::Inside(error.into()),
    })
}
