//! History of chat rooms, newest messages first.

pub mod history;
pub mod page;
