//! The edge of each request: where it comes from, how it is formed, what goes out with every answer.
#[path = "../support/mod.rs"]
mod support;

mod errors;
mod forms;
mod headers;
mod limits;
mod origin;
mod redirects;
mod seal;
mod statics;
