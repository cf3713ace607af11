//! Every mail that the app sends: what it has to know. Its words are in two templates, which read it as `mail` and what stands
//! around it as `frame`. To add one, add it here, to `samples`, and write both templates.
use super::{Frame, Link, Mail};
use crate::db::Timestamp;

macro_rules! mail {
    ($(#[$about:meta])* $name:ident, $subject:literal, $text:literal, $html:literal, { $($field:ident: $type:ty),* $(,)? }) => {
        $(#[$about])*
        pub struct $name {
            $(pub $field: $type),*
        }

        const _: () = {
            #[derive(askama::Template)]
            #[template(path = $text)]
            struct Text<'a> {
                #[allow(dead_code, reason = "not every mail has something to tell")]
                mail: &'a $name,
                frame: &'a Frame,
            }

            #[derive(askama::Template)]
            #[template(path = $html)]
            struct Html<'a> {
                #[allow(dead_code, reason = "not every mail has something to tell")]
                mail: &'a $name,
                frame: &'a Frame,
            }

            impl Mail for $name {
                const SUBJECT: &'static str = $subject;

                fn text(&self, frame: &Frame) -> askama::Result<String> {
                    askama::Template::render(&Text { mail: self, frame })
                }

                fn html(&self, frame: &Frame) -> askama::Result<String> {
                    askama::Template::render(&Html { mail: self, frame })
                }
            }
        };
    };
}

mail!(
    /// To an address that somebody wants to register.
    Register, "Finish creating your account", "mail/register.txt", "mail/register.html",
    { link: Link, until: Timestamp }
);

mail!(
    /// The same where the address has an account.
    AlreadyRegistered, "You already have an account", "mail/already_registered.txt", "mail/already_registered.html",
    { username: String }
);

mail!(
    /// To somebody who has an account and has yet to show that the address is theirs.
    Confirm, "Confirm your email address", "mail/confirm.txt", "mail/confirm.html",
    { username: String, link: Link, until: Timestamp }
);

mail!(
    /// To somebody who forgot their password.
    ResetPassword, "Set a new password", "mail/reset_password.txt", "mail/reset_password.html",
    { username: String, link: Link, until: Timestamp }
);

mail!(
    /// To somebody who took their account back from somebody else.
    Recover, "Set a new password now", "mail/recover.txt", "mail/recover.html",
    { username: String, link: Link, until: Timestamp }
);

mail!(
    /// To somebody to whom an admin gives a way in.
    SetPassword, "Set your password", "mail/set_password.txt", "mail/set_password.html",
    { username: String, link: Link, until: Timestamp }
);

mail!(
    /// To the address that somebody wants to have from now on.
    ChangeEmail, "Confirm your new email address", "mail/change_email.txt", "mail/change_email.html",
    { username: String, link: Link, until: Timestamp }
);

mail!(
    /// The same where the address has an account.
    EmailInUse, "Somebody wanted to use your email address", "mail/email_in_use.txt", "mail/email_in_use.html",
    { username: String }
);

mail!(
    /// To the address of before, when a change is asked for.
    EmailChangeRequested, "Your email address is about to change", "mail/email_change_requested.txt", "mail/email_change_requested.html",
    { username: String, new: String }
);

mail!(
    /// To the address of before, once it has changed, where that was confirmed.
    EmailChanged, "Your email address was changed", "mail/email_changed.txt", "mail/email_changed.html",
    { username: String, new: String, undo: Link, until: Timestamp }
);

mail!(
    /// To whoever has a new password.
    PasswordChanged, "Your password was changed", "mail/password_changed.txt", "mail/password_changed.html",
    { username: String, at: Timestamp }
);

mail!(
    /// To whoever signed in with a browser that they never used before.
    NewDevice, "You signed in with a new device", "mail/new_device.txt", "mail/new_device.html",
    { username: String, at: Timestamp, browser: String, ip: String, not_me: Link, until: Timestamp }
);

mail!(
    /// An account at a provider signs them in from now on, or no longer does: `what` is a whole sentence.
    ConnectionChanged, "The ways into your account changed", "mail/connection_changed.txt", "mail/connection_changed.html",
    { username: String, what: String }
);

mail!(
    /// A provider no longer accepts what was granted to the app.
    ConnectionLost, "Connect your account again", "mail/connection_lost.txt", "mail/connection_lost.html",
    { username: String, provider: String, account: String }
);

mail!(
    /// What an admin did to an account, or what cannot be done with it: `what` is a whole sentence.
    AccountNotice, "A notice about your account", "mail/account_notice.txt", "mail/account_notice.html",
    { username: String, what: String, reason: Option<String> }
);

mail!(
    /// Shows that mail arrives.
    Test, "Mail works", "mail/test.txt", "mail/test.html",
    {}
);

/// One of each, as people may get it.
#[cfg(debug_assertions)]
pub fn samples(config: &crate::config::Config) -> askama::Result<Vec<super::Delivery>> {
    let (username, until) = (|| "ada".to_owned(), Timestamp::now().after(std::time::Duration::from_secs(60 * 60)));
    let (link, at) = (|path| Link::to(path, "sample"), Timestamp::now());
    let (new, browser) =
        ("countess@example.org".to_owned(), "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned());
    let undo = link("/account/email/undo");
    let (what, reason) = ("An administrator deactivated your account.".to_owned(), Some("The contract has ended.".to_owned()));
    let connected = "Your GitHub account countess was connected. From now on it signs you in here.".to_owned();
    let to = "ada@example.com";
    Ok(vec![
        super::write(config, to, &Register { link: link("/register"), until })?,
        super::write(config, to, &AlreadyRegistered { username: username() })?,
        super::write(config, to, &Confirm { username: username(), link: link("/confirm"), until })?,
        super::write(config, to, &ResetPassword { username: username(), link: link("/password/reset"), until })?,
        super::write(config, to, &Recover { username: username(), link: link("/password/reset"), until })?,
        super::write(config, to, &SetPassword { username: username(), link: link("/password/reset"), until })?,
        super::write(config, to, &ChangeEmail { username: username(), link: link("/account/email"), until })?,
        super::write(config, to, &EmailInUse { username: username() })?,
        super::write(config, to, &EmailChangeRequested { username: username(), new: new.clone() })?,
        super::write(config, to, &EmailChanged { username: username(), new, undo, until })?,
        super::write(config, to, &PasswordChanged { username: username(), at })?,
        super::write(
            config,
            to,
            &NewDevice { username: username(), at, browser, ip: "203.0.113.7".to_owned(), not_me: link("/account/not-me"), until },
        )?,
        super::write(config, to, &ConnectionChanged { username: username(), what: connected })?,
        super::write(config, to, &ConnectionLost { username: username(), provider: "GitHub".to_owned(), account: "countess".to_owned() })?,
        super::write(config, to, &AccountNotice { username: username(), what, reason })?,
        super::write(config, to, &Test {})?,
    ])
}
