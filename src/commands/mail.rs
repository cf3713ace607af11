use super::say;
use anyhow::{Result, bail};
use app::{
    accounts::Email,
    config::{Config, Mail as Setting},
    db::Timestamp,
    mail::{self, Refusal, Transport, messages},
};
use clap::Subcommand;

#[derive(Subcommand)]
pub enum Mail {
    /// Send a mail to ADDRESS at once, past the queue, and say whether the server takes it.
    Test { address: String },
}

pub async fn run(command: Mail) -> Result<()> {
    let Mail::Test { address } = command;
    let config = Config::load()?;
    let Ok(email) = Email::parse(&address) else { bail!("{address} is no address. Give one as ada@example.com") };
    let Some(transport) = Transport::new(&config)? else { bail!("there is no mail: MAIL is off") };
    let delivery = mail::write(&config, email.as_str(), &messages::Test {})?;
    match transport.deliver(&config, &format!("test-{}", Timestamp::now().0), &delivery).await {
        Ok(()) => say(&match &config.mail {
            Setting::Smtp(url) => format!("{url} took it"),
            _ => "kept in data/mail for /dev/mail: without SMTP_URL nothing leaves".to_owned(),
        }),
        Err(Refusal::ForNow(why) | Refusal::ForGood(why)) => match &config.mail {
            Setting::Smtp(url) => bail!("{why}: {url}"),
            _ => bail!("{why}"),
        },
    }
}
