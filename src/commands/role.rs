use super::{open, say};
use anyhow::{Context, Result, anyhow, bail, ensure};
use app::{
    accounts::{
        Actor, Client, Error, Permission, RoleName,
        roles::{self, Draft, Hierarchy, Role as Row},
    },
    config::Config,
    db::Db,
};
use clap::{Args, Subcommand};
use std::collections::BTreeSet;

/// USER is an email address or a username.
#[derive(Subcommand)]
pub enum Role {
    /// List every role and what it allows, with the roles that it includes.
    List,
    /// Show one role, and how many hold it.
    Show { role: String },
    /// Add a role.
    Create(New),
    /// Give a role to a person.
    Grant { user: String, role: String },
    /// Take a role from a person.
    Revoke { user: String, role: String },
    /// Let everybody who holds a role do more, as `users.read`.
    AddPermissions {
        role: String,
        #[arg(required = true, value_parser = permission)]
        permissions: Vec<Permission>,
    },
    /// Let everybody who holds a role do less.
    RemovePermissions {
        role: String,
        #[arg(required = true, value_parser = permission)]
        permissions: Vec<Permission>,
    },
    /// Delete a role, and take it from everybody.
    Delete {
        role: String,
        /// Needed, because nothing brings it back.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args)]
pub struct New {
    #[arg(value_parser = |name: &str| RoleName::parse(name).map_err(|why| format!("the name {why}")))]
    name: RoleName,
    #[arg(long, default_value = "")]
    description: String,
    /// What it allows, as `users.read`; may be given several times.
    #[arg(long = "permission", value_parser = permission)]
    permissions: Vec<Permission>,
    /// A role that it includes; may be given several times.
    #[arg(long = "include")]
    includes: Vec<String>,
}

fn permission(name: &str) -> Result<Permission, String> {
    let known = Permission::ALL.map(Permission::name).join(", ");
    Permission::parse(name).ok_or(format!("there is no such permission. These are: {known}"))
}

pub async fn run(command: Role) -> Result<()> {
    let config = Config::load()?;
    let db = open(&config).await?;
    let client = Client::command_line();
    let actor = Actor::command_line(&client);
    let done = match command {
        Role::List => return list(&db).await,
        Role::Show { role } => return show(&db, &find(&db, &role).await?).await,
        Role::Create(new) => roles::create(&db, &actor, &new.into_draft()?).await.map(|_| "created"),
        Role::Grant { user, role } => {
            find(&db, &role).await?;
            told(roles::grant(&db, &config, &actor, &super::user::find(&db, &user).await?, &role).await, "granted", "held it already")
        }
        Role::Revoke { user, role } => {
            find(&db, &role).await?;
            told(roles::revoke(&db, &config, &actor, &super::user::find(&db, &user).await?, &role).await, "revoked", "did not hold it")
        }
        Role::AddPermissions { role, permissions } => {
            told(roles::add_permissions(&db, &actor, &find(&db, &role).await?, &permissions).await, "added", "had them already")
        }
        Role::RemovePermissions { role, permissions } => {
            told(roles::remove_permissions(&db, &actor, &find(&db, &role).await?, &permissions).await, "removed", "did not have them")
        }
        Role::Delete { role, yes } => {
            let row = find(&db, &role).await?;
            ensure!(!roles::is_built_in(&row), "{FIXED}");
            ensure!(yes, "this takes {role} from {} for good. Add --yes if you mean it", roles::holders(&db, &row).await?);
            told(roles::delete(&db, &actor, &row).await, "deleted", "was gone already")
        }
    };
    match done {
        Ok(done) => say(done),
        Err(Error::NoSuchRole(name)) => bail!("there is no role {name}. See `role list`"),
        Err(Error::Gone) => bail!("somebody deleted it just now"),
        Err(Error::RoleTaken) => bail!("there is a role of that name already"),
        Err(Error::Fixed) => bail!(FIXED),
        Err(Error::LastAdmin) => bail!("this is the last admin who can sign in. Make another one first"),
        Err(error) => Err(error.into()),
    }
}

const FIXED: &str = "`admin` and `user` are fixed: what the app needs of them cannot be changed";

fn told(changed: app::accounts::Result<bool>, done: &'static str, already: &'static str) -> app::accounts::Result<&'static str> {
    changed.map(|changed| if changed { done } else { already })
}

impl New {
    fn into_draft(self) -> Result<Draft> {
        ensure!(self.description.chars().count() <= 255, "the description must have at most 255 characters");
        Ok(Draft {
            name: self.name,
            description: self.description,
            permissions: self.permissions.into_iter().collect(),
            includes: BTreeSet::from_iter(self.includes),
        })
    }
}

async fn find(db: &Db, name: &str) -> Result<Row> {
    roles::find(db, name).await?.with_context(|| anyhow!("there is no role {name}. See `role list`"))
}

async fn list(db: &Db) -> Result<()> {
    let hierarchy = Hierarchy::read(db).await?;
    for role in &hierarchy.roles {
        say(&format!("{}\t{}\t{}", role.name, role.effective, names(&hierarchy, role)))?;
    }
    Ok(())
}

async fn show(db: &Db, role: &Row) -> Result<()> {
    let hierarchy = Hierarchy::read(db).await?;
    say(&format!("name         {}", role.name))?;
    say(&format!("description  {}", role.description))?;
    say(&format!("permissions  {}", role.permissions))?;
    say(&format!("includes     {}", names(&hierarchy, role)))?;
    say(&format!("effective    {}", role.effective))?;
    say(&format!("held by      {}", roles::holders(db, role).await?))
}

fn names(hierarchy: &Hierarchy, role: &Row) -> String {
    hierarchy.includes_of(role).iter().map(|role| role.name.as_str()).collect::<Vec<_>>().join(" ")
}
