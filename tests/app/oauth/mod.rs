//! Providers: there and back, and who somebody is then.
mod dance;
mod disconnect;
mod finish;
mod hostile;
mod id_tokens;
mod known;
mod outcomes;
mod verify;
mod wiped;
