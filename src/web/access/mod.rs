//! Who may pass. Each route names its class in the table of routes, so that no handler can forget to ask.
mod display;
mod guard;

pub use guard::{ConnectedApi, CurrentUser, FRESH, Features, guard};

use crate::accounts::{Permission, Viewer};

#[derive(Clone, Debug)]
pub struct Access {
    class: Class,
    confirmed: Confirmed,
    fresh: Fresh,
    needs: Option<Feature>,
    needs_scope: Option<NeededScope>,
}

/// What somebody has to have granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeededScope {
    /// As in the settings, `github`.
    pub provider: &'static str,
    pub scope: &'static str,
}

#[derive(Clone, Debug)]
enum Class {
    Public,
    #[cfg(debug_assertions)]
    Loopback,
    #[cfg(debug_assertions)]
    Machine,
    Guest,
    SignedIn,
    AnyOf(Vec<Permission>),
    AllOf(Vec<Permission>),
}

/// What a page asks of somebody's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Confirmed {
    /// What the app asks of everybody: nothing, unless accounts are made only once it is proven.
    AsEverywhere,
    Always,
    /// For pages that help whoever has yet to prove it.
    Never,
}

#[derive(Clone, Copy, Debug)]
enum Fresh {
    Never,
    Always,
    WithoutPassword,
    WhenSignedIn,
    /// For a POST without a page of its own: the template of the page that it is sent from.
    From(&'static str),
}

/// What settings may switch off. A page that needs it is not there then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Feature {
    Mail,
    Registration,
}

/// Everybody.
pub fn public() -> Access {
    Class::Public.into()
}

/// Everybody at this machine, by one of its own names, and with no proxy between. For others there is no such page.
#[cfg(debug_assertions)]
pub fn loopback() -> Access {
    Class::Loopback.into()
}

/// The same for programs: no session, and nobody asks which page it comes from.
#[cfg(debug_assertions)]
pub fn machine() -> Access {
    Class::Machine.into()
}

/// Everybody's POST; a GET of somebody signed in leads to their account.
pub fn guest() -> Access {
    Class::Guest.into()
}

pub fn signed_in() -> Access {
    Class::SignedIn.into()
}

/// And with a confirmed address, as the two below.
pub fn permission(permission: Permission) -> Access {
    Access { confirmed: Confirmed::Always, ..Class::AllOf(vec![permission]).into() }
}

pub fn any_of(permissions: impl Into<Vec<Permission>>) -> Access {
    Access { confirmed: Confirmed::Always, ..Class::AnyOf(permissions.into()).into() }
}

pub fn all_of(permissions: impl Into<Vec<Permission>>) -> Access {
    Access { confirmed: Confirmed::Always, ..Class::AllOf(permissions.into()).into() }
}

impl From<Class> for Access {
    fn from(class: Class) -> Self {
        Self { class, confirmed: Confirmed::AsEverywhere, fresh: Fresh::Never, needs: None, needs_scope: None }
    }
}

impl Access {
    /// And with an address that they have shown to be theirs.
    pub fn confirmed(self) -> Self {
        Self { confirmed: Confirmed::Always, ..self }
    }

    /// Also for who cannot do anything else before.
    pub fn unconfirmed_too(self) -> Self {
        Self { confirmed: Confirmed::Never, ..self }
    }

    /// And proven within the last ten minutes that it is still them.
    pub fn fresh(self) -> Self {
        Self { fresh: Fresh::Always, ..self }
    }

    /// The same for a POST without a page of its own: who has yet to prove it comes back to that page. Parts in braces are those
    /// of the path that was asked for.
    pub fn fresh_from(self, page: &'static str) -> Self {
        Self { fresh: Fresh::From(page), ..self }
    }

    /// Whoever is signed in has to have proved it; others pass.
    pub fn fresh_when_signed_in(self) -> Self {
        Self { fresh: Fresh::WhenSignedIn, ..self }
    }

    /// As `fresh`, but only for people without a password: others prove it with the form itself.
    pub fn fresh_without_password(self) -> Self {
        Self { fresh: Fresh::WithoutPassword, ..self }
    }

    /// There is no such page under `MAIL=off`.
    pub fn with_mail(self) -> Self {
        Self { needs: Some(Feature::Mail), ..self }
    }

    /// There is no such page under `REGISTRATION=closed`.
    pub fn while_registration_is_open(self) -> Self {
        Self { needs: Some(Feature::Registration), ..self }
    }

    /// And connected to an account at that provider, where they allow the app what `scope` says: who is not is asked to, and the
    /// handler takes the [`ConnectedApi`]. There is no such page where the provider is not set up. Nobody passes unseen: what was
    /// for everybody is for who is signed in.
    pub fn connected(self, provider: &'static str, scope: &'static str) -> Self {
        let class = match self.class {
            Class::Public | Class::Guest => Class::SignedIn,
            class => class,
        };
        Self { class, needs_scope: Some(NeededScope { provider, scope }), ..self }
    }

    pub fn needed_scope(&self) -> Option<NeededScope> {
        self.needs_scope
    }

    pub fn is_guest(&self) -> bool {
        matches!(self.class, Class::Guest)
    }

    pub fn is_machine(&self) -> bool {
        #[cfg(debug_assertions)]
        return matches!(self.class, Class::Machine);
        #[cfg(not(debug_assertions))]
        false
    }

    pub fn is_held_by(&self, viewer: &Viewer) -> bool {
        match &self.class {
            Class::AnyOf(permissions) => permissions.iter().any(|permission| viewer.may(*permission)),
            Class::AllOf(permissions) => permissions.iter().all(|permission| viewer.may(*permission)),
            _ => true,
        }
    }

    pub fn is_there(&self, features: Features) -> bool {
        match self.needs {
            None => true,
            Some(Feature::Mail) => features.mail,
            Some(Feature::Registration) => features.registration,
        }
    }
}
