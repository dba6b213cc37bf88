//! The list of conversations at the left of the help desk.

pub mod conversation;
pub mod list;
