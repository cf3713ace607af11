use super::{open, say, say_error};
use anyhow::{Result, ensure};
use app::{accounts::seed, config::Config, posts};
use clap::Args;

#[derive(Args)]
pub struct Seed {
    /// How many people to make.
    #[arg(long, default_value_t = 0)]
    people: usize,
    /// How many posts they write.
    #[arg(long, default_value_t = 0)]
    posts: usize,
    /// Among people whom this did not make.
    #[arg(long)]
    among_others: bool,
}

pub async fn run(seed: Seed) -> Result<()> {
    let db = open(&Config::load()?).await?;
    ensure!(
        seed.among_others || !seed::has_others(&db).await?,
        "this database has people who may be real. Add --among-others to put invented ones beside them"
    );
    seed::seed(&db, seed.people, |done| {
        if done % 100_000 == 0 {
            say_error(&format!("{done} people"));
        }
    })
    .await?;
    say(&format!("made {} people", seed.people))?;
    say(&format!("made {} posts", posts::seed(&db, seed.posts).await?))?;
    Ok(())
}
