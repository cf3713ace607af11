//! What people do with the app, page by page.
#[path = "../support/mod.rs"]
mod support;

mod account;
mod audit;
#[cfg(feature = "slow-tests")]
mod busy;
mod cleanup;
mod clients;
mod clock;
mod cookies;
mod databases;
mod home;
mod login;
mod password;
mod passwords;
mod races;
mod register;
mod renewals;
mod routes;
mod session_data;
mod sessions;
mod throttles;
mod verify;
