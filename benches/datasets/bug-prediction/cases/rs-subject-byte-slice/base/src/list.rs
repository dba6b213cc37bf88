use crate::conversation::Conversation;

/// Lines of the list, newest conversation first.
pub fn lines(conversations: &[Conversation]) -> Vec<String> {
    let mut sorted: Vec<&Conversation> = conversations.iter().collect();
    sorted.sort_by_key(|conversation| std::cmp::Reverse(conversation.id));
    sorted.into_iter().map(line).collect()
}

fn line(conversation: &Conversation) -> String {
    format!("{}: {}", conversation.customer, conversation.subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_first() {
        let all = [
            Conversation::new(1, "Ada", "Invoice"),
            Conversation::new(2, "Bo", "Late parcel"),
        ];
        assert_eq!(lines(&all)[0], "Bo: Late parcel");
    }
}
