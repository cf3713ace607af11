//! The schema, one change a file. Knows no entity: those move on, a migration must not.
pub use sea_orm_migration::prelude::*;

mod columns;
mod m20261121_000001_users;
mod m20261121_000002_roles;
mod m20261121_000003_role_includes;
mod m20261121_000004_user_roles;
mod m20261121_000005_sessions;
mod m20261121_000006_throttles;
mod m20261121_000007_audit;
mod m20261121_000008_indexes;
mod m20261121_000009_seed_roles;
mod m20261122_000010_tokens;
mod m20261122_000011_installation;
mod m20261122_000012_audit_detail;
mod m20261122_000013_admin_indexes;
mod m20261122_000014_posts;
mod m20261127_000015_audit_names;
mod m20261127_000016_token_makers;
mod m20261127_000017_audit_text;
mod m20261127_000018_jobs;
mod m20261127_000019_job_indexes;
mod m20261127_000020_devices;
mod m20261127_000021_identities;
mod m20261127_000022_oauth_attempts;
mod m20261127_000023_provider_tokens;
mod m20261127_000024_refresh_leases;
mod m20261127_000025_identities_lost;
mod m20261127_000026_identities_scopes;

pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_users::Migration),
            Box::new(m20261121_000002_roles::Migration),
            Box::new(m20261121_000003_role_includes::Migration),
            Box::new(m20261121_000004_user_roles::Migration),
            Box::new(m20261121_000005_sessions::Migration),
            Box::new(m20261121_000006_throttles::Migration),
            Box::new(m20261121_000007_audit::Migration),
            Box::new(m20261121_000008_indexes::Migration),
            Box::new(m20261121_000009_seed_roles::Migration),
            Box::new(m20261122_000010_tokens::Migration),
            Box::new(m20261122_000011_installation::Migration),
            Box::new(m20261122_000012_audit_detail::Migration),
            Box::new(m20261122_000013_admin_indexes::Migration),
            Box::new(m20261122_000014_posts::Migration),
            Box::new(m20261127_000015_audit_names::Migration),
            Box::new(m20261127_000016_token_makers::Migration),
            Box::new(m20261127_000017_audit_text::Migration),
            Box::new(m20261127_000018_jobs::Migration),
            Box::new(m20261127_000019_job_indexes::Migration),
            Box::new(m20261127_000020_devices::Migration),
            Box::new(m20261127_000021_identities::Migration),
            Box::new(m20261127_000022_oauth_attempts::Migration),
            Box::new(m20261127_000023_provider_tokens::Migration),
            Box::new(m20261127_000024_refresh_leases::Migration),
            Box::new(m20261127_000025_identities_lost::Migration),
            Box::new(m20261127_000026_identities_scopes::Migration),
        ]
    }
}
