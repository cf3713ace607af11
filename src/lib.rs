//! The rooms of the app. Arrows run one way: main → web → accounts → entity → db; everyone may use config and seal.
pub mod accounts;
pub mod config;
pub mod db;
pub mod entity;
pub mod seal;
pub mod server;
pub mod web;
