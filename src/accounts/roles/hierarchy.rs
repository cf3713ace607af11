//! Which role includes which, and what each allows by that.
use crate::{
    accounts::{Permissions, roles::Role},
    entity::{role, role_include},
};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryOrder};
use std::collections::BTreeSet;

/// All roles, by name. They are few enough to be read whole.
#[derive(Clone, Debug)]
pub struct Hierarchy {
    pub roles: Vec<Role>,
    includes: Vec<role_include::Model>,
}

impl Hierarchy {
    pub async fn read(connection: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let roles = role::Entity::find().order_by_asc(role::Column::Name).all(connection).await?;
        let includes = role_include::Entity::find().all(connection).await?;
        Ok(Self { roles, includes })
    }

    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == name)
    }

    /// Those that it names itself, by name.
    pub fn included_by(&self, role: &Role) -> Vec<&Role> {
        let included: BTreeSet<i64> = self.includes.iter().filter(|row| row.role_id == role.id).map(|row| row.included_id).collect();
        self.roles.iter().filter(|role| included.contains(&role.id)).collect()
    }

    /// Itself, those that it includes, those that they include, and so on.
    pub fn all_of(&self, role: &Role) -> Vec<&Role> {
        let mut found = BTreeSet::from([role.id]);
        loop {
            let next: BTreeSet<i64> = self.includes.iter().filter(|row| found.contains(&row.role_id)).map(|row| row.included_id).collect();
            let before = found.len();
            found.extend(next);
            if found.len() == before {
                return self.roles.iter().filter(|role| found.contains(&role.id)).collect();
            }
        }
    }

    /// Whether some role includes itself, by whatever detour.
    pub fn has_cycle(&self) -> bool {
        self.roles
            .iter()
            .any(|role| self.included_by(role).iter().any(|included| self.all_of(included).iter().any(|other| other.id == role.id)))
    }

    /// What `roles.effective` has to be: sorted names, or `*`. Text that names no permission stays: a newer version of this
    /// program may know it.
    pub fn effective(&self, role: &Role) -> String {
        let all = self.all_of(role);
        let names: BTreeSet<&str> = all.iter().flat_map(|role| role.permissions.split_whitespace()).collect();
        if names.contains("*") { "*".to_owned() } else { Vec::from_iter(names).join(" ") }
    }

    /// What the role adds to those that it includes.
    pub fn own(&self, role: &Role) -> Permissions {
        Permissions::of(&role.permissions)
    }
}
