use super::{Client, User};

/// Who does something to others, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    pub client: &'a Client,
    /// None: the command line, which may do everything.
    pub user: Option<&'a User>,
}

impl<'a> Actor<'a> {
    pub fn new(user: &'a User, client: &'a Client) -> Self {
        Self { client, user: Some(user) }
    }

    pub fn command_line(client: &'a Client) -> Self {
        Self { client, user: None }
    }
}
