//! One file a table: columns, relations, and the questions that a row answers about itself.
pub mod audit;
pub mod role;
pub mod role_include;
pub mod session;
pub mod throttle;
pub mod user;
pub mod user_role;
