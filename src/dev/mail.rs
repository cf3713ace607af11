//! Mail of development: what was sent, and a look at every mail that there is.
use crate::{
    config::Mail,
    mail::{
        Delivery,
        inbox::{self, Kept},
        messages,
    },
    web::{AppState, Error, Page, Result, headers::CSP},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Path, State},
    http::{HeaderName, HeaderValue, header::CONTENT_SECURITY_POLICY, header::X_FRAME_OPTIONS},
    response::{Html, IntoResponse, Response},
};

#[derive(Template, WebTemplate)]
#[template(path = "dev/mail/list.html")]
struct ListPage {
    page: Page,
    mails: Vec<Kept>,
    /// Why nothing arrives; empty where it does.
    away: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "dev/mail/show.html")]
struct MailPage {
    page: Page,
    subject: String,
    to: String,
    text: String,
    /// None for a sample, which was never sent.
    headers: Option<String>,
    links: Vec<String>,
    /// Of the frame.
    html: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "dev/mail/gallery.html")]
struct GalleryPage {
    page: Page,
    samples: Vec<Delivery>,
}

pub async fn list(State(app): State<AppState>, page: Page) -> Response {
    let away = match &app.config.mail {
        Mail::Inbox => String::new(),
        Mail::Off => "MAIL is off: nothing is sent.".to_owned(),
        Mail::Smtp(url) => format!("SMTP_URL is set: mail goes to {url}."),
    };
    ListPage { page, mails: inbox::list(), away }.into_response()
}

pub async fn show(Path(id): Path<String>, page: Page) -> Result<Response> {
    let Kept { mail, headers, .. } = inbox::get(&id).ok_or(Error::NotFound)?;
    Ok(framing(shown(page, mail, Some(headers), format!("/dev/mail/{id}/html"))))
}

pub async fn html(Path(id): Path<String>) -> Result<Response> {
    Ok(framed(inbox::get(&id).ok_or(Error::NotFound)?.mail.html))
}

pub async fn gallery(State(app): State<AppState>, page: Page) -> Result<Response> {
    Ok(GalleryPage { page, samples: messages::samples(&app.config)? }.into_response())
}

pub async fn sample(State(app): State<AppState>, Path(number): Path<usize>, page: Page) -> Result<Response> {
    let mail = messages::samples(&app.config)?.into_iter().nth(number).ok_or(Error::NotFound)?;
    Ok(framing(shown(page, mail, None, format!("/dev/mail/gallery/{number}/html"))))
}

pub async fn sample_html(State(app): State<AppState>, Path(number): Path<usize>) -> Result<Response> {
    Ok(framed(messages::samples(&app.config)?.into_iter().nth(number).ok_or(Error::NotFound)?.html))
}

fn shown(page: Page, mail: Delivery, headers: Option<String>, html: String) -> Response {
    let Delivery { to, subject, text, .. } = mail;
    // Without the one to the home page, which ends every mail.
    let links = text.split_whitespace().filter(|word| word.starts_with("http") && !word.ends_with("/")).map(str::to_owned).collect();
    MailPage { page, subject, to, text, headers, links, html }.into_response()
}

/// May hold a frame of this site, which no other page may.
fn framing(mut response: Response) -> Response {
    let policy = HeaderValue::from_str(&format!("{CSP}; frame-src 'self'")).expect("visible ASCII");
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    response
}

/// A mail as a program for mail would show it, which can do nothing here.
fn framed(html: String) -> Response {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox";
    let headers: [(HeaderName, HeaderValue); 2] =
        [(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)), (X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"))];
    (headers, Html(html)).into_response()
}
