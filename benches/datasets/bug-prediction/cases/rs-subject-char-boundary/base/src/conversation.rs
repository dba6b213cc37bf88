/// A conversation with a customer, as the inbox stores it.
#[derive(Debug, Clone)]
pub struct Conversation {
    pub id: u64,
    pub customer: String,
    /// Subject of the first message, as the customer typed it.
    pub subject: String,
    pub unread: usize,
}

impl Conversation {
    pub fn new(id: u64, customer: &str, subject: &str) -> Self {
        Self {
            id,
            customer: customer.trim().to_owned(),
            subject: subject.split_whitespace().collect::<Vec<_>>().join(" "),
            unread: 1,
        }
    }
}
