use std::collections::{BTreeSet, btree_set};

/// What a role may allow. Stored as text; text that names none of these allows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    ReadUsers,
    ManageUsers,
    ManageRoles,
    ReadAudit,
    ModeratePosts,
    ManageJobs,
}

impl Permission {
    pub const ALL: [Self; 6] =
        [Self::ReadUsers, Self::ManageUsers, Self::ManageRoles, Self::ReadAudit, Self::ModeratePosts, Self::ManageJobs];

    pub fn name(self) -> &'static str {
        match self {
            Self::ReadUsers => "users.read",
            Self::ManageUsers => "users.manage",
            Self::ManageRoles => "roles.manage",
            Self::ReadAudit => "audit.read",
            Self::ModeratePosts => "posts.moderate",
            Self::ManageJobs => "jobs.manage",
        }
    }

    /// Completes "Whoever holds it may …".
    pub fn description(self) -> &'static str {
        match self {
            Self::ReadUsers => "see people and what is known of them",
            Self::ManageUsers => "add, deactivate and delete people, and renew their access",
            Self::ManageRoles => "give and take roles, and say what each allows",
            Self::ReadAudit => "read who did what",
            Self::ModeratePosts => "edit and delete posts of others",
            Self::ManageJobs => "see, retry and discard jobs",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.name() == name)
    }
}

/// What somebody may do, or what a role allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions(BTreeSet<Permission>);

impl Permissions {
    pub fn all() -> Self {
        Permission::ALL.into_iter().collect()
    }

    /// By a role's `effective` or `permissions` column.
    pub fn of(names: &str) -> Self {
        [names].into_iter().collect()
    }

    /// Adds a role's `effective` column: names parted by blanks, or `*`.
    pub fn add(&mut self, effective: &str) {
        match effective {
            "*" => self.0.extend(Permission::ALL),
            names => self.0.extend(names.split(' ').filter_map(Permission::parse)),
        }
    }

    pub fn allow(&self, permission: Permission) -> bool {
        self.0.contains(&permission)
    }

    pub fn include(&self, others: &Self) -> bool {
        self.0.is_superset(&others.0)
    }

    /// What only one of the two allows.
    pub fn symmetric_difference(&self, other: &Self) -> Self {
        Self(self.0.symmetric_difference(&other.0).copied().collect())
    }

    pub fn iter(&self) -> impl Iterator<Item = Permission> + '_ {
        self.0.iter().copied()
    }

    /// As a role stores it.
    pub fn to_text(&self) -> String {
        self.to_text_beside("")
    }

    /// The same with those names of `stored` that only a newer version of this program knows.
    pub fn to_text_beside(&self, stored: &str) -> String {
        let unknown = stored.split_whitespace().filter(|name| Permission::parse(name).is_none());
        let names: BTreeSet<&str> = self.iter().map(|permission| -> &str { permission.name() }).chain(unknown).collect();
        Vec::from_iter(names).join(" ")
    }
}

impl IntoIterator for Permissions {
    type Item = Permission;
    type IntoIter = btree_set::IntoIter<Permission>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().collect())
    }
}

/// Of the `effective` columns of several roles.
impl<'a> FromIterator<&'a str> for Permissions {
    fn from_iter<I: IntoIterator<Item = &'a str>>(effective: I) -> Self {
        let mut permissions = Self::default();
        effective.into_iter().for_each(|effective| permissions.add(effective));
        permissions
    }
}
