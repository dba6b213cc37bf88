use crate::history::{History, Message};

pub const PAGE_SIZE: usize = 50;

#[derive(Debug)]
pub struct Page {
    pub messages: Vec<Message>,
    /// What to ask for as `before` to get the next page; none at the end.
    pub next: Option<u64>,
}

/// A page of the messages before `before`, or of the newest ones; `size` is at
/// most `PAGE_SIZE`.
pub fn page(history: &History, before: Option<u64>, size: Option<usize>) -> Page {
    let size = size.unwrap_or(PAGE_SIZE).clamp(1, PAGE_SIZE);
    let mut messages = history.older_than(before.unwrap_or(u64::MAX), size + 1);
    let next = if messages.len() > size {
        messages.pop().map(|message| message.id)
    } else {
        None
    };
    Page { messages, next }
}
