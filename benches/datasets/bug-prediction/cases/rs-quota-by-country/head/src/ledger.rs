//! What customers do, as the front ends report it, not always in order.

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Group {
    Union,
    World,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Entry {
    /// A message was sent.
    Sent { group: Group, segments: u32 },
    /// The carrier did not deliver it; the report may be of last month's message.
    Refunded { group: Group, segments: u32 },
}
