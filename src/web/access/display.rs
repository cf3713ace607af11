use super::{Access, Class, Confirmed, Feature, Fresh, NeededScope};
use crate::accounts::Permission;
use std::fmt;

/// As `routes` prints it.
impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |permissions: &[Permission]| permissions.iter().map(|permission| permission.name()).collect::<Vec<_>>().join(", ");
        match &self.class {
            Class::Public => write!(f, "public"),
            #[cfg(debug_assertions)]
            Class::Loopback => write!(f, "loopback"),
            #[cfg(debug_assertions)]
            Class::Machine => write!(f, "machine"),
            Class::Guest => write!(f, "guest"),
            Class::SignedIn => write!(f, "signed_in"),
            Class::AnyOf(permissions) => write!(f, "any_of({})", names(permissions)),
            Class::AllOf(permissions) if permissions.len() == 1 => write!(f, "permission({})", names(permissions)),
            Class::AllOf(permissions) => write!(f, "all_of({})", names(permissions)),
        }?;
        match (self.confirmed, &self.class) {
            (Confirmed::Always, Class::SignedIn) => write!(f, ", confirmed")?,
            (Confirmed::Never, _) => write!(f, ", unconfirmed too")?,
            _ => {}
        }
        match self.fresh {
            Fresh::Never => {}
            Fresh::Always => write!(f, ", fresh")?,
            Fresh::From(page) => write!(f, ", fresh from {page}")?,
            Fresh::WhenSignedIn => write!(f, ", fresh when signed in")?,
            Fresh::WithoutPassword => write!(f, ", fresh where no password is set")?,
        }
        if let Some(NeededScope { provider, scope }) = self.needs_scope {
            write!(f, ", connected to {provider} with {scope}")?;
        }
        match self.needs {
            None => Ok(()),
            Some(Feature::Mail) => write!(f, ", with mail"),
            Some(Feature::Registration) => write!(f, ", while registration is open"),
        }
    }
}
