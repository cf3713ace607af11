//! What only a real browser can tell. Needs chromium and chromedriver.
#[path = "../support/mod.rs"]
mod support;

mod chromedriver;
mod chromium;
mod site;

mod admin;
mod axe;
mod cross_site;
mod csp;
mod fields;
mod journey;
mod keyboard;
mod mail;
mod narrow;
mod providers;
mod sign_out;
mod valid;
