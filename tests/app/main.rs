//! What people do with the app, page by page.
#[path = "../support/mod.rs"]
mod support;

mod access;
mod account;
mod activity;
mod admin_audit;
mod admin_roles;
mod admin_users;
mod audit;
mod authority;
#[cfg(feature = "slow-tests")]
mod busy;
mod cleanup;
mod clients;
mod clock;
mod confirm;
mod cookies;
mod databases;
#[cfg(debug_assertions)]
mod dev;
mod devices;
mod email_change;
mod forgot;
mod home;
mod jobs;
mod last_admin;
mod login;
mod mails;
mod notices;
mod oauth;
mod password;
mod password_links;
mod passwords;
mod people;
mod posts;
#[cfg(debug_assertions)]
mod practice;
mod races;
mod races_by_mail;
mod register;
mod register_by_mail;
mod renewals;
mod roles;
mod routes;
mod session_data;
mod sessions;
mod setup;
mod squatters;
mod throttles;
mod tokens;
mod verify;
