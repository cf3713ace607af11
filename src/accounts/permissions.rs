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
pub struct Permissions {
    known: BTreeSet<Permission>,
    /// Of a newer version of this program, which runs beside this one: they allow nothing here, but whoever lacks them must not
    /// hand them on.
    unknown: BTreeSet<String>,
    /// `*`: also what later versions add.
    everything: bool,
}

impl Permissions {
    pub fn all() -> Self {
        Self::of("*")
    }

    /// By a role's `effective` or `permissions` column.
    pub fn of(names: &str) -> Self {
        [names].into_iter().collect()
    }

    /// Adds a role's `effective` column: names parted by blanks, or `*`.
    pub fn add(&mut self, effective: &str) {
        for name in effective.split_whitespace() {
            match Permission::parse(name) {
                Some(permission) => drop(self.known.insert(permission)),
                None if name == "*" => {
                    self.known.extend(Permission::ALL);
                    self.everything = true;
                }
                None => drop(self.unknown.insert(name.to_owned())),
            }
        }
    }

    pub fn allow(&self, permission: Permission) -> bool {
        self.known.contains(&permission)
    }

    pub fn include(&self, others: &Self) -> bool {
        self.everything || (!others.everything && self.known.is_superset(&others.known) && self.unknown.is_superset(&others.unknown))
    }

    /// What this allows and the other does not.
    pub fn without(&self, other: &Self) -> Self {
        Self {
            known: &self.known - &other.known,
            unknown: &self.unknown - &other.unknown,
            everything: self.everything && !other.everything,
        }
    }

    /// What only one of the two allows.
    pub fn difference(&self, other: &Self) -> Self {
        let (more, less) = (self.without(other), other.without(self));
        Self { known: &more.known | &less.known, unknown: &more.unknown | &less.unknown, everything: more.everything || less.everything }
    }

    pub fn iter(&self) -> impl Iterator<Item = Permission> + '_ {
        self.known.iter().copied()
    }

    /// As a role stores it.
    pub fn to_text(&self) -> String {
        self.to_text_beside("")
    }

    /// The same with those names of `stored` that only a newer version of this program knows. `*` is none: it would allow again
    /// what was taken away.
    pub fn to_text_beside(&self, stored: &str) -> String {
        let unknown = Self::of(stored).unknown;
        let names: BTreeSet<&str> = self.known.iter().map(|one| one.name()).chain(unknown.iter().map(String::as_str)).collect();
        Vec::from_iter(names).join(" ")
    }

    /// For people.
    pub fn to_list(&self) -> String {
        let text = self.to_text();
        if text.is_empty() { "nothing".to_owned() } else { text.replace(' ', ", ") }
    }
}

impl IntoIterator for Permissions {
    type Item = Permission;
    type IntoIter = btree_set::IntoIter<Permission>;

    fn into_iter(self) -> Self::IntoIter {
        self.known.into_iter()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self { known: permissions.into_iter().collect(), ..Self::default() }
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
