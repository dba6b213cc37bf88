use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub id: u64,
    pub author: String,
    pub text: String,
}

/// Messages of a room by their id, which grows with time.
#[derive(Default)]
pub struct History {
    messages: BTreeMap<u64, Message>,
}

impl History {
    pub fn append(&mut self, message: Message) {
        self.messages.insert(message.id, message);
    }

    /// At most `limit` messages that are older than `before`, newest first.
    pub fn older_than(&self, before: u64, limit: usize) -> Vec<Message> {
        self.messages.range(..before).rev().take(limit).map(|(_, message)| message.clone()).collect()
    }
}
