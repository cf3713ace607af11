use super::Delivery;
use crate::config::{Config, Mail};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp,
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// A server that says nothing for so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// By which mail leaves.
#[derive(Clone)]
pub enum Transport {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// Into the files that `/dev/mail` shows.
    #[cfg(debug_assertions)]
    Inbox,
    /// For tests.
    Memory(Arc<Mutex<Vec<Delivery>>>),
}

/// Why a mail did not leave. Says nothing of the mail.
#[derive(Debug)]
pub enum Refusal {
    /// Trying again may help.
    ForNow(String),
    ForGood(String),
}

impl Transport {
    /// None where there is no mail.
    pub fn new(config: &Config) -> anyhow::Result<Option<Self>> {
        match &config.mail {
            Mail::Off => Ok(None),
            Mail::Smtp(url) => {
                let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose());
                // The error would show the address, and so the password.
                let builder = builder.map_err(|_| anyhow::anyhow!("SMTP_URL names no mail server that can be used"))?;
                Ok(Some(Self::Smtp(builder.timeout(Some(PATIENCE)).build())))
            }
            #[cfg(debug_assertions)]
            Mail::Inbox => Ok(Some(Self::Inbox)),
            #[cfg(not(debug_assertions))]
            Mail::Inbox => anyhow::bail!("only a debug build keeps mail for itself. Set SMTP_URL"),
        }
    }

    /// `id` makes the Message-ID: a mail that is sent once more, because nobody knows whether it left, is known by it.
    pub async fn deliver(&self, config: &Config, id: &str, delivery: &Delivery) -> Result<(), Refusal> {
        let message = message(config, id, delivery)?;
        match self {
            Self::Smtp(server) => server.send(message).await.map(drop).map_err(|error| refusal(&error)),
            #[cfg(debug_assertions)]
            Self::Inbox => super::inbox::keep(id, delivery, &message.formatted()).map_err(|error| Refusal::ForNow(error.to_string())),
            Self::Memory(sent) => {
                sent.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(delivery.clone());
                Ok(())
            }
        }
    }
}

fn message(config: &Config, id: &str, delivery: &Delivery) -> Result<Message, Refusal> {
    let to = delivery.to.parse().map_err(|_| Refusal::ForGood("no mail can be addressed to it".to_owned()))?;
    let host = config.base_url.url().host_str().unwrap_or("localhost");
    Message::builder()
        .from(config.mail_from.clone())
        .to(Mailbox::new(None, to))
        .subject(delivery.subject.as_str())
        .message_id(Some(format!("<{id}@{host}>")))
        .date_now()
        // RFC 3834: no reply by machines.
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
        .multipart(MultiPart::alternative_plain_html(delivery.text.clone(), delivery.html.clone()))
        .map_err(|_| Refusal::ForGood("no mail can be made of it".to_owned()))
}

/// What servers answer may quote the address, so that only its code is told.
fn refusal(error: &smtp::Error) -> Refusal {
    let code = error.status().map(|code| format!(" ({code})")).unwrap_or_default();
    let code_of = |code: smtp::response::Code| code.to_string();
    // RFC 4954: it does not like how the app signs in, which is nothing about the mail.
    let is_sign_in = error.status().map(code_of).is_some_and(|code| ["530", "534", "535", "538"].contains(&code.as_str()));
    if is_sign_in {
        return Refusal::ForNow(format!("the mail server does not let the app sign in{code}: look at SMTP_URL"));
    }
    if error.is_permanent() {
        return Refusal::ForGood(format!("the mail server refuses it for good{code}"));
    }
    Refusal::ForNow(match () {
        () if error.is_transient() => format!("the mail server asks to try again later{code}"),
        () if error.is_timeout() => "the mail server does not answer".to_owned(),
        () if error.is_client() => "the mail server offers no way to sign in that the app knows, or no TLS".to_owned(),
        () if error.is_tls() => "no safe connection to the mail server can be made".to_owned(),
        () => "the mail server cannot be reached".to_owned(),
    })
}
