//! What is done with people, roles and the audit by those who may. Each file is a slice of its own; `path` they share.
pub mod audit;
pub mod delete_role;
pub mod home;
pub mod jobs;
pub mod new_user;
mod path;
pub mod role;
pub mod roles;
pub mod user;
pub mod users;
