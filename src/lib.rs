//! The rooms of the app. Arrows run one way: main → server, background, web, worker → oauth, posts → accounts → mail → jobs → entity → db;
//! everyone may use causes, config and seal.
#![deny(unsafe_code)]

pub mod accounts;
pub mod background;
pub mod causes;
pub mod config;
pub mod db;
#[cfg(debug_assertions)]
pub mod dev;
pub mod entity;
pub mod jobs;
pub mod mail;
pub mod oauth;
pub mod posts;
pub mod seal;
pub mod server;
pub mod web;
pub mod worker;
