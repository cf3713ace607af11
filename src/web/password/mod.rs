//! For who cannot sign in: a new password.
pub mod forgot;
pub mod reset;
