use crate::history::{History, Message};

pub const PAGE_SIZE: usize = 50;

#[derive(Debug)]
pub struct Page {
    pub messages: Vec<Message>,
    /// What to ask for as `before` to get the next page; none at the end.
    pub next: Option<u64>,
}

/// A page of the messages before `before`, or of the newest ones.
pub fn page(history: &History, before: Option<u64>) -> Page {
    let messages = history.older_than(before.unwrap_or(u64::MAX), PAGE_SIZE);
    let next = messages.last().map(|message| message.id);
    Page { messages, next }
}
