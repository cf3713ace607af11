use super::{open, say, say_error};
use anyhow::{Context, Result, anyhow, bail, ensure};
use app::{
    accounts::{
        self, Actor, Client, Email, Error, Identifier, NewUser, Password, Username,
        admin::{self, Delivered, Delivery},
        identities, roles,
    },
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
    Create {
        email: String,
        username: String,
        /// With the role `admin`.
        #[arg(long)]
        admin: bool,
    },
    /// List everybody: id, email, username, state.
    List,
    /// Show what is known of one person.
    Show { user: String },
    /// Let a deactivated person in again.
    Activate { user: String },
    /// Sign a person out everywhere and let them in no more.
    Deactivate { user: String },
    /// Deactivate whoever is active, activate whoever is not.
    Toggle { user: String },
    /// Set a new password and sign the person out everywhere.
    SetPassword { user: String },
    /// Print a link by which a person sets a password. Whoever has it can sign in as them: give it to nobody else.
    PasswordLink { user: String },
    /// Sign a person out everywhere.
    EndSessions { user: String },
    /// Take away a person's password, sessions and open links, and print the link by which they begin anew.
    ResetAccess { user: String },
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
    let actor = Actor::command_line(&client);
    match command {
        User::Create { email, username, admin } => create(&db, &config, &actor, &email, &username, admin).await,
        User::List => list(&db).await,
        User::Show { user } => show(&db, &find(&db, &user).await?).await,
        User::Activate { user } => {
            tell(admin::activate(&db, &config, &actor, &find(&db, &user).await?, None).await, "activated", "was active")
        }
        User::Deactivate { user } => {
            tell(admin::deactivate(&db, &config, &actor, &find(&db, &user).await?, None).await, "deactivated", "was not active")
        }
        User::Toggle { user } => {
            tell(admin::toggle(&db, &config, &actor, &find(&db, &user).await?, None).await, "activated", "deactivated")
        }
        User::SetPassword { user } => set_password(&db, &config, &actor, &find(&db, &user).await?).await,
        User::PasswordLink { user } => {
            let user = find(&db, &user).await?;
            print(&config, &admin::make_password_link(&db, &config, &actor, &user, Delivery::Show).await?)
        }
        User::EndSessions { user } => {
            tell(admin::end_sessions(&db, &config, &actor, &find(&db, &user).await?, None).await, "ended", "was signed in nowhere")
        }
        User::ResetAccess { user } => {
            let user = find(&db, &user).await?;
            match admin::reset_access(&db, &config, &actor, &user, None, Delivery::Show).await {
                Err(Error::LastAdmin) => bail!(LAST_ADMIN),
                delivered => print(&config, &delivered?),
            }
        }
        User::Delete { user, yes } => {
            let user = find(&db, &user).await?;
            ensure!(yes, "this deletes {} ({}) for good. Add --yes if you mean it", user.username, user.email);
            tell(admin::delete(&db, &config, &actor, &user, None).await, "deleted", "was gone already")
        }
    }
}

const LAST_ADMIN: &str = "this is the last admin who can sign in. Make another one first";

fn print(config: &Config, delivered: &Delivered) -> Result<()> {
    let Delivered::Shown(token) = delivered else { return say("mailed") };
    say(&format!("{}/password/reset/{}", config.base_url.origin(), token.expose()))
}

pub async fn find(db: &Db, text: &str) -> Result<accounts::User> {
    accounts::find(db, &Identifier::parse(text)).await?.with_context(|| format!("there is no user {text}. See `user list`"))
}

async fn create(db: &Db, config: &Config, actor: &Actor<'_>, email: &str, username: &str, is_admin: bool) -> Result<()> {
    let email = Email::parse(email).map_err(|why| anyhow!("the address {why}"))?;
    let username = Username::parse(username).map_err(|why| anyhow!("the username {why}"))?;
    let new = NewUser { email, username, password: ask_password()? };
    match admin::create(db, config, actor, new, is_admin).await {
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

async fn show(db: &Db, user: &accounts::User) -> Result<()> {
    let roles = roles::held_by(db, user.id).await?.into_iter().map(|role| role.name).collect::<Vec<_>>().join(" ");
    let time = |time: Option<db::Timestamp>| time.map_or("never".to_owned(), db::Timestamp::rfc3339);
    say(&format!("id              {}", user.id))?;
    say(&format!("email           {}", user.email))?;
    say(&format!("username        {}", user.username))?;
    say(&format!("name            {}", user.name))?;
    say(&format!("state           {}", state(user)))?;
    say(&format!("roles           {roles}"))?;
    say(&format!("password        {}", if user.has_password() { "set" } else { "none" }))?;
    for identity in identities::list(db, user.id).await? {
        say(&format!("signs in with   {} {}", identity.provider, identity.label))?;
    }
    say(&format!("created         {}", user.created_at.rfc3339()))?;
    say(&format!("last sign-in    {}", time(user.last_sign_in_at)))?;
    say(&format!("confirmed       {}", time(user.email_confirmed_at)))
}

fn state(user: &accounts::User) -> &'static str {
    if user.is_active() { "active" } else { "deactivated" }
}

fn tell(changed: accounts::Result<bool>, done: &str, already: &str) -> Result<()> {
    match changed {
        Ok(changed) => say(if changed { done } else { already }),
        Err(Error::LastAdmin) => bail!(LAST_ADMIN),
        Err(error) => Err(error.into()),
    }
}

async fn set_password(db: &Db, config: &Config, actor: &Actor<'_>, user: &accounts::User) -> Result<()> {
    match accounts::set_password(db, config, actor, user, &ask_password()?).await {
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
