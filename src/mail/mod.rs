//! What people are told by mail. A mail is a struct in `messages.rs` and two templates; it is written into the queue in the
//! transaction of what it tells about, and a worker sends it.
#[cfg(debug_assertions)]
pub mod inbox;
pub mod messages;
mod transport;

pub use transport::{Refusal, Transport};

use crate::{
    config::Config,
    db::Tx,
    jobs::{self, Job},
};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};

/// One of `messages.rs`.
pub trait Mail {
    /// Without the name of the app, which stands in the sender.
    const SUBJECT: &'static str;

    fn text(&self, frame: &Frame) -> askama::Result<String>;

    fn html(&self, frame: &Frame) -> askama::Result<String>;
}

/// What stands around every mail.
#[derive(Clone, Debug)]
pub struct Frame {
    pub app_name: String,
    base_url: String,
    pub to: String,
    pub subject: &'static str,
}

impl Frame {
    /// The address of a page of this app. From `BASE_URL` and nothing that a request says.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    pub fn link(&self, link: &Link) -> String {
        self.url(&link.0)
    }
}

/// A page whose address opens something. Prints nothing of itself.
#[derive(Clone)]
pub struct Link(String);

impl Link {
    pub fn to(page: &'static str, token: &str) -> Self {
        Self(format!("{page}/{token}"))
    }
}

/// A mail as it will be sent. Prints nothing of itself, since its links may open accounts.
#[derive(Clone, Serialize, Deserialize)]
pub struct Delivery {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl Job for Delivery {
    const KIND: &'static str = "mail";
}

/// Writes it now, with the words and links of this moment, and sends it once `tx` is committed. Does nothing where there is no
/// mail. `user_id` is whom it is about, for people who look at the queue.
pub async fn send<M: Mail>(tx: &Tx, config: &Config, to: &str, user_id: Option<i64>, mail: &M) -> Result<(), DbErr> {
    if !config.has_mail() {
        return Ok(());
    }
    let delivery = write(config, to, mail).map_err(|error| DbErr::Custom(format!("“{}” cannot be written: {error}", M::SUBJECT)))?;
    jobs::enqueue(tx, config, user_id, &delivery).await
}

pub fn write<M: Mail>(config: &Config, to: &str, mail: &M) -> askama::Result<Delivery> {
    let frame = Frame { app_name: config.app_name.clone(), base_url: config.base_url.origin(), to: to.to_owned(), subject: M::SUBJECT };
    Ok(Delivery { to: to.to_owned(), subject: M::SUBJECT.to_owned(), text: mail.text(&frame)?, html: mail.html(&frame)? })
}
