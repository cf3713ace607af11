//! Which role includes which, and what each allows by that.
use crate::{
    accounts::{Permissions, roles::Role},
    entity::{role, role_include},
};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryOrder};
use std::collections::{BTreeSet, HashMap};

/// All roles, by name. They are few enough to be read whole.
#[derive(Clone, Debug)]
pub struct Hierarchy {
    pub roles: Vec<Role>,
    /// Ids of those that a role names itself, by its own.
    includes: HashMap<i64, BTreeSet<i64>>,
}

impl Hierarchy {
    pub async fn read(connection: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let roles = role::Entity::find().order_by_asc(role::Column::Name).all(connection).await?;
        let mut includes: HashMap<i64, BTreeSet<i64>> = HashMap::new();
        for row in role_include::Entity::find().all(connection).await? {
            includes.entry(row.role_id).or_default().insert(row.included_id);
        }
        Ok(Self { roles, includes })
    }

    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == name)
    }

    fn included(&self, role_id: i64) -> impl Iterator<Item = i64> + '_ {
        self.includes.get(&role_id).into_iter().flatten().copied()
    }

    /// Those that it names itself, by name.
    pub fn includes_of(&self, role: &Role) -> Vec<&Role> {
        let included: BTreeSet<i64> = self.included(role.id).collect();
        self.roles.iter().filter(|role| included.contains(&role.id)).collect()
    }

    /// Itself, those that it includes, those that they include, and so on.
    pub fn all_of(&self, role: &Role) -> Vec<&Role> {
        let (mut found, mut next) = (BTreeSet::from([role.id]), vec![role.id]);
        while let Some(id) = next.pop() {
            next.extend(self.included(id).filter(|id| found.insert(*id)));
        }
        self.roles.iter().filter(|role| found.contains(&role.id)).collect()
    }

    /// Whether some role includes itself, by whatever detour: then some are left when those that include none of the rest are
    /// taken away again and again.
    pub fn has_cycle(&self) -> bool {
        let mut rest: BTreeSet<i64> = self.roles.iter().map(|role| role.id).collect();
        loop {
            let free: Vec<i64> = rest.iter().copied().filter(|id| !self.included(*id).any(|id| rest.contains(&id))).collect();
            if free.is_empty() {
                return !rest.is_empty();
            }
            rest.retain(|id| !free.contains(id));
        }
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
