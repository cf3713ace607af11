use super::{open, say, say_error};
use anyhow::{Context, Result, anyhow, bail, ensure};
use app::{
    accounts::{self, Client, Email, Error, Identifier, NewUser, Password, Username, admin},
    config::Config,
    db::{self, Db},
};
use clap::Subcommand;
use std::io::{IsTerminal, stdin};

/// USER is an email address or a username. Passwords are asked for, or read from standard input: never an argument,
/// which every process of the machine can see.
#[derive(Subcommand)]
pub enum User {
    /// Make an account. Its address counts as confirmed.
    Create { email: String, username: String },
    /// List everybody: id, email, username, state.
    List,
    /// Show what is known of one person.
    Show { user: String },
    /// Let a deactivated person in again.
    Activate { user: String },
    /// Sign a person out everywhere and let them in no more.
    Deactivate { user: String },
    /// Set a new password and sign the person out everywhere.
    SetPassword { user: String },
    /// Delete a person with all that belongs to them. Nothing brings it back.
    Delete {
        user: String,
        /// Needed, because nothing brings it back.
        #[arg(long)]
        yes: bool,
    },
}

pub async fn run(command: User) -> Result<()> {
    let config = Config::load()?;
    let db = open(&config).await?;
    let client = Client::command_line();
    match command {
        User::Create { email, username } => create(&db, &config, &client, &email, &username).await,
        User::List => list(&db).await,
        User::Show { user } => show(&find(&db, &user).await?),
        User::Activate { user } => tell(admin::activate(&db, &client, &find(&db, &user).await?).await?, "activated", "was active"),
        User::Deactivate { user } => {
            tell(admin::deactivate(&db, &client, &find(&db, &user).await?).await?, "deactivated", "was not active")
        }
        User::SetPassword { user } => set_password(&db, &config, &client, &find(&db, &user).await?).await,
        User::Delete { user, yes } => {
            let user = find(&db, &user).await?;
            ensure!(yes, "this deletes {} ({}) for good. Add --yes if you mean it", user.username, user.email);
            tell(admin::delete(&db, &client, &user).await?, "deleted", "was gone already")
        }
    }
}

async fn find(db: &Db, text: &str) -> Result<accounts::User> {
    accounts::find(db, &Identifier::parse(text)).await?.with_context(|| format!("there is no user {text}. See `user list`"))
}

async fn create(db: &Db, config: &Config, client: &Client, email: &str, username: &str) -> Result<()> {
    let email = Email::parse(email).map_err(|why| anyhow!("the address {why}"))?;
    let username = Username::parse(username).map_err(|why| anyhow!("the username {why}"))?;
    let new = NewUser { email, username, password: ask_password()? };
    match admin::create(db, config, client, new).await {
        Ok(user) => say(&format!("created {}", user.id)),
        Err(Error::EmailTaken) => bail!("the address has an account already"),
        Err(error @ Error::Guessable(_)) => bail!("the password {error}"),
        Err(error) => Err(error.into()),
    }
}

async fn list(db: &Db) -> Result<()> {
    let mut after = 0;
    loop {
        let people = admin::list(db, after, 500).await?;
        let Some(last) = people.last() else { return Ok(()) };
        after = last.id;
        for user in &people {
            say(&format!("{}\t{}\t{}\t{}", user.id, user.email, user.username, state(user)))?;
        }
    }
}

fn show(user: &accounts::User) -> Result<()> {
    let time = |time: Option<db::Timestamp>| time.map_or("never".to_owned(), db::Timestamp::rfc3339);
    say(&format!("id              {}", user.id))?;
    say(&format!("email           {}", user.email))?;
    say(&format!("username        {}", user.username))?;
    say(&format!("name            {}", user.name))?;
    say(&format!("state           {}", state(user)))?;
    say(&format!("password        {}", if user.has_password() { "set" } else { "none" }))?;
    say(&format!("created         {}", user.created_at.rfc3339()))?;
    say(&format!("last sign-in    {}", time(user.last_sign_in_at)))?;
    say(&format!("confirmed       {}", time(user.email_confirmed_at)))
}

fn state(user: &accounts::User) -> &'static str {
    if user.is_active() { "active" } else { "deactivated" }
}

fn tell(changed: bool, done: &str, already: &str) -> Result<()> {
    say(if changed { done } else { already })
}

async fn set_password(db: &Db, config: &Config, client: &Client, user: &accounts::User) -> Result<()> {
    match admin::reset_password(db, config, client, user, &ask_password()?).await {
        Ok(()) => say("the password is set, and every session is ended"),
        Err(error @ Error::Guessable(_)) => bail!("the password {error}"),
        Err(error) => Err(error.into()),
    }
}

fn ask_password() -> Result<Password> {
    let text = if stdin().is_terminal() {
        let first = rpassword::prompt_password("Password: ")?;
        ensure!(first == rpassword::prompt_password("Once more: ")?, "the two passwords differ");
        first
    } else {
        say_error("reading the password from standard input");
        let mut line = String::new();
        stdin().read_line(&mut line)?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    Password::parse(&text).map_err(|why| anyhow!("the password {why}"))
}
