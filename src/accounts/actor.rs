use super::{Client, User, Viewer};

/// Who does something to others, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    pub client: &'a Client,
    /// None: the command line, which may do everything.
    pub user: Option<&'a User>,
    /// The public id of the session they act with, which must not have ended meanwhile.
    pub session: Option<&'a str>,
}

impl<'a> Actor<'a> {
    pub fn new(viewer: &'a Viewer, client: &'a Client) -> Self {
        Self { client, user: Some(&viewer.user), session: Some(&viewer.session.public_id) }
    }

    pub fn command_line(client: &'a Client) -> Self {
        Self { client, user: None, session: None }
    }
}
