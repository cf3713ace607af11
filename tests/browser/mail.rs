//! By mail from registration to a way back, as a person does it: with a real mail server, and with `/dev/mail`.
use crate::{
    chromium::Chromium,
    support::{OTHER_PASSWORD, PASSWORD, Program, Server, Smtp},
};

use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Where the links of mails are read.
enum Inbox<'a> {
    /// A person copies them out of a program for mail.
    Smtp(&'a Smtp),
    /// Or clicks them.
    Dev,
}

impl Inbox<'_> {
    /// Follows the link of the newest mail with that subject to that address.
    async fn follow(&self, chromium: &Chromium, subject: &str, to: &str, page: &str) {
        match self {
            Self::Smtp(smtp) => chromium.visit(&smtp.link(subject, to, page)).await,
            Self::Dev => {
                chromium.visit("/dev/mail").await;
                let patience = Instant::now() + Duration::from_secs(30);
                while !chromium.text().await.contains(subject) {
                    assert!(Instant::now() < patience, "no mail about {subject} to {to}");
                    sleep(Duration::from_millis(200)).await;
                    chromium.reload().await;
                }
                chromium.follow(subject).await;
                let link: String =
                    chromium.asked(&format!("document.querySelector('.actions a[href*=\"{page}\"]').getAttribute('href')")).await;
                chromium.visit(&link).await;
            }
        }
    }
}

fn program() -> Program {
    Program::without_settings().with("PORT", "0").with("LIMIT_SCALE", "100").with("CONFIRM_EMAIL", "before")
}

#[tokio::test]
async fn from_registration_to_a_way_back_with_a_real_mail_server() {
    let smtp = Smtp::start();
    let program = program().with("SMTP_URL", smtp.url());
    let server = program.serve();

    goes_all_the_way(&server, &Inbox::Smtp(&smtp)).await;
}

#[tokio::test]
async fn from_registration_to_a_way_back_with_the_inbox_of_development() {
    let program = program();
    let server = program.serve();

    goes_all_the_way(&server, &Inbox::Dev).await;
}

async fn goes_all_the_way(server: &Server, inbox: &Inbox<'_>) {
    let chromium = Chromium::at(server.url.parse().unwrap()).await;
    registers(&chromium, inbox).await;
    forgets_the_password(&chromium, inbox).await;
    changes_the_address_and_takes_it_back(&chromium, inbox).await;
    assert_eq!(chromium.violations().await, [""; 0]);
}

async fn registers(chromium: &Chromium, inbox: &Inbox<'_>) {
    chromium.visit("/").await;
    chromium.follow("Create account").await;
    chromium.fill("email", "ada@example.com").await;
    chromium.press("Send the link").await;
    chromium.is_at("/check-inbox").await;

    inbox.follow(chromium, "Finish creating your account", "ada@example.com", "/register/").await;
    chromium.fill("username", "ada").await;
    chromium.fill("password", PASSWORD).await;
    chromium.press("Create account").await;

    chromium.is_at("/account").await;
    chromium.press("Sign out").await;
}

async fn forgets_the_password(chromium: &Chromium, inbox: &Inbox<'_>) {
    chromium.follow("Forgot your password?").await;
    chromium.fill("email", "ada@example.com").await;
    chromium.press("Send the link").await;

    inbox.follow(chromium, "Set a new password", "ada@example.com", "/password/reset/").await;
    chromium.fill("password", OTHER_PASSWORD).await;
    chromium.press("Set password").await;

    chromium.is_at("/login").await;
    chromium.fill("identifier", "ada").await;
    chromium.fill("password", OTHER_PASSWORD).await;
    chromium.press("Sign in").await;
}

async fn changes_the_address_and_takes_it_back(chromium: &Chromium, inbox: &Inbox<'_>) {
    chromium.visit("/account/email").await;
    chromium.fill("email", "countess@example.org").await;
    chromium.press("Send the link").await;
    inbox.follow(chromium, "Confirm your new email address", "countess@example.org", "/account/email/").await;
    chromium.press("Use this address").await;
    chromium.sees("countess@example.org").await;

    inbox.follow(chromium, "Your email address was changed", "ada@example.com", "/account/email/undo/").await;
    chromium.press("Take it back").await;

    chromium.is_at("/check-inbox").await;
    chromium.visit("/account").await;
    chromium.is_at("/login").await;
}
