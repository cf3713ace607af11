//! The example feature's pages: list, read, write, edit, delete.
use super::{
    AppState, CurrentUser, Error, Errors, Form, Page, Result, done,
    id::Id,
    query::{Pager, Query, part},
    redirect::LocalPath,
    refuse,
};
use crate::posts::{self, Body, Draft, Post, Title};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{FromRequestParts, State},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Default, Deserialize)]
pub struct PostForm {
    title: String,
    body: String,
}

impl PostForm {
    fn parse(&self) -> Result<Draft, Errors> {
        let mut errors = Errors::default();
        let title = errors.take("title", Title::parse(&self.title));
        let body = errors.take("body", Body::parse(&self.body));
        title.zip(body).map(|(title, body)| Draft { title, body }).ok_or(errors)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    after: String,
    before: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "posts/list.html")]
struct ListPage {
    page: Page,
    posts: Vec<Post>,
    authors: HashMap<i64, String>,
    pager: Pager,
}

impl ListPage {
    fn author(&self, post: &Post) -> &str {
        self.authors.get(&post.author_id).map_or("", String::as_str)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "posts/show.html")]
struct PostPage {
    page: Page,
    post: Post,
    author: String,
    editable: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "posts/form.html")]
struct FormPage {
    page: Page,
    /// None: a new one.
    post: Option<Post>,
    form: PostForm,
    errors: Errors,
}

#[derive(Template, WebTemplate)]
#[template(path = "posts/delete.html")]
struct DeletePage {
    page: Page,
    post: Post,
}

pub async fn list(State(app): State<AppState>, page: Page, Query(asked): Query<Asked>) -> Result {
    let slice = posts::list(&app.db, part(&asked.after, &asked.before, |text| text.parse().ok())).await?;
    let before = slice.rows.first().filter(|_| slice.has_before).map(|post| post.id.to_string());
    let after = slice.rows.last().filter(|_| slice.has_after).map(|post| post.id.to_string());
    let authors = posts::authors(&app.db, &slice.rows).await?;
    Ok(ListPage { page, posts: slice.rows, authors, pager: Pager::new("/posts", &(), before, after) }.into_response())
}

pub async fn show(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, Id(id): Id, page: Page) -> Result {
    let post = posts::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let author = posts::authors(&app.db, std::slice::from_ref(&post)).await?.remove(&post.author_id).unwrap_or_default();
    let editable = post.may_be_edited_by(&viewer);
    Ok(PostPage { page, post, author, editable }.into_response())
}

pub async fn show_new(page: Page) -> Response {
    FormPage { page, post: None, form: PostForm::default(), errors: Errors::default() }.into_response()
}

pub async fn create(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, page: Page, Form(form): Form<PostForm>) -> Result {
    match form.parse() {
        Ok(draft) => {
            let post = posts::write(&app.db, &viewer.user, draft).await?;
            Ok(done(LocalPath::numbered("/posts", post.id), "Your post is there for everybody to read."))
        }
        Err(errors) => Ok(refuse(FormPage { page, post: None, form, errors })),
    }
}

/// The post of the path, for somebody who may edit it: 404 where there is none, 403 for others, before a form is read.
pub struct Editable(Post);

impl FromRequestParts<AppState> for Editable {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Error> {
        let Id(id) = Id::from_request_parts(parts, app).await?;
        let CurrentUser(viewer) = CurrentUser::from_request_parts(parts, app).await?;
        let post = posts::get(&app.db, id).await?.ok_or(Error::NotFound)?;
        if post.may_be_edited_by(&viewer) { Ok(Self(post)) } else { Err(Error::Forbidden) }
    }
}

pub async fn show_edit(Editable(post): Editable, page: Page) -> Response {
    let form = PostForm { title: post.title.clone(), body: post.body.clone() };
    FormPage { page, post: Some(post), form, errors: Errors::default() }.into_response()
}

pub async fn edit(State(app): State<AppState>, Editable(post): Editable, page: Page, Form(form): Form<PostForm>) -> Result {
    match form.parse() {
        Ok(draft) => match posts::edit(&app.db, &post, draft).await? {
            true => Ok(done(LocalPath::numbered("/posts", post.id), "The post is saved.")),
            false => Err(Error::NotFound),
        },
        Err(errors) => Ok(refuse(FormPage { page, post: Some(post), form, errors })),
    }
}

pub async fn show_delete(Editable(post): Editable, page: Page) -> Response {
    DeletePage { page, post }.into_response()
}

pub async fn delete(State(app): State<AppState>, Editable(post): Editable) -> Result {
    posts::delete(&app.db, &post).await?;
    Ok(done("/posts", "The post is deleted."))
}
