//! What people change about themselves.
pub mod activity;
pub mod connections;
pub mod email;
pub mod not_me;
pub mod password;
pub mod profile;
