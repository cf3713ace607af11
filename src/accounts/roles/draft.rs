use super::{Hierarchy, Role, grants};
use crate::accounts::{Permissions, RoleName};
use std::collections::BTreeSet;

/// All that somebody says about a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub name: RoleName,
    /// At most 255 characters.
    pub description: String,
    pub permissions: Permissions,
    /// Names of roles.
    pub includes: BTreeSet<String>,
}

impl Draft {
    pub fn of(hierarchy: &Hierarchy, role: &Role) -> Self {
        Self {
            name: RoleName::of(role),
            description: role.description.clone(),
            permissions: hierarchy.own(role),
            includes: hierarchy.includes_of(role).iter().map(|role| role.name.clone()).collect(),
        }
    }

    /// For the audit, which keeps it when the role is gone.
    pub fn describe(&self) -> String {
        let Self { name, description, permissions, includes } = self;
        let description = if description.is_empty() { String::new() } else { format!(" ({description})") };
        format!("{name} allows {}, includes {}{description}", permissions.to_list(), grants::list(includes))
    }
}

/// First in the audit's line.
pub fn changes(before: &Draft, after: &Draft) -> String {
    let names = |draft: &Draft| draft.permissions.iter().map(|one| one.name().to_owned()).chain(draft.includes.clone()).collect();
    format!("{}: {}", before.name, grants::changes(&names(before), &names(after)))
}
