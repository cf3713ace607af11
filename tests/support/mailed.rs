use super::App;
use app::{
    mail::{Delivery, Transport},
    worker::work_off,
};

/// A mail as its reader sees it.
pub struct Mailed {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    base_url: String,
}

impl Mailed {
    /// Where its first link leads that is more than the home page.
    #[track_caller]
    pub fn link(&self) -> String {
        let paths = self.text.split_whitespace().filter_map(|word| word.strip_prefix(&self.base_url));
        let link = paths.into_iter().find(|path| path.len() > 1);
        link.unwrap_or_else(|| panic!("no link in {}", self.text)).trim_end_matches('.').to_owned()
    }

    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "{text:?} is not in: {}", self.text);
        self
    }
}

impl App {
    /// Works off the queue. What was mailed since the last time.
    pub async fn mailed(&self) -> Vec<Mailed> {
        work_off(&self.tools).await.unwrap();
        let Some(Transport::Memory(sent)) = &self.tools.transport else { return Vec::new() };
        let base_url = self.state.config.base_url.origin();
        let sent = std::mem::take(&mut *sent.lock().unwrap()).into_iter();
        sent.map(|Delivery { to, subject, text, html }| Mailed { to, subject, text, html, base_url: base_url.clone() }).collect()
    }

    /// The last that was mailed to them since the last time.
    pub async fn mail_to(&self, email: &str) -> Mailed {
        let mailed = self.mailed().await;
        let tos: Vec<_> = mailed.iter().map(|mail| format!("{}: {}", mail.to, mail.subject)).collect();
        mailed.into_iter().rfind(|mail| mail.to == email).unwrap_or_else(|| panic!("nothing was mailed to {email}: {tos:?}"))
    }
}
