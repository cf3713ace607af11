//! Whom or what an admin page is about: the row of its path, or 404 before a form is read.
use crate::{
    accounts::{
        User, people,
        roles::{self, Role},
    },
    web::{AppState, CurrentUser, Error, id::Id},
};
use axum::{extract::FromRequestParts, http::request::Parts};

pub struct PersonOfPath(pub User);

impl FromRequestParts<AppState> for PersonOfPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Error> {
        let Id(id) = Id::from_request_parts(parts, app).await?;
        people::get(&app.db, id).await?.map(Self).ok_or(Error::NotFound)
    }
}

/// 403 where they hold a permission that the viewer lacks: for pages that only lead to what would be refused.
pub struct PersonBelow(pub User);

impl FromRequestParts<AppState> for PersonBelow {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Error> {
        let PersonOfPath(user) = PersonOfPath::from_request_parts(parts, app).await?;
        let CurrentUser(viewer) = CurrentUser::from_request_parts(parts, app).await?;
        let permissions = roles::permissions_of(&app.db, user.id).await?;
        if viewer.permissions.include(&permissions) { Ok(Self(user)) } else { Err(Error::Forbidden) }
    }
}

pub struct RoleOfPath(pub Role);

impl FromRequestParts<AppState> for RoleOfPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Error> {
        let Id(id) = Id::from_request_parts(parts, app).await?;
        roles::get(&app.db, id).await?.map(Self).ok_or(Error::NotFound)
    }
}
