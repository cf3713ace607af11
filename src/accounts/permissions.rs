use std::collections::BTreeSet;

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

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.name() == name)
    }
}

/// What all of somebody's roles allow together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions(BTreeSet<Permission>);

impl Permissions {
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
}
