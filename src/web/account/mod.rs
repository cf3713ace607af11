//! What people change about themselves.
pub mod password;
pub mod profile;
