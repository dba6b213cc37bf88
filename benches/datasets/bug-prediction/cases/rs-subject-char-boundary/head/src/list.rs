use crate::conversation::Conversation;

/// What fits into the column.
const WIDTH: usize = 32;

/// Lines of the list, newest conversation first.
pub fn lines(conversations: &[Conversation]) -> Vec<String> {
    let mut sorted: Vec<&Conversation> = conversations.iter().collect();
    sorted.sort_by_key(|conversation| std::cmp::Reverse(conversation.id));
    sorted.into_iter().map(line).collect()
}

fn line(conversation: &Conversation) -> String {
    let mut text = format!(
        "{}: {}",
        conversation.customer,
        shorten(&conversation.subject, WIDTH)
    );
    if conversation.unread > 1 {
        text.push_str(&format!(" ({})", conversation.unread));
    }
    text
}

/// The beginning of a text, with an ellipsis if something is left out.
fn shorten(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let end = text
        .char_indices()
        .nth(width - 1)
        .map_or(text.len(), |(at, _)| at);
    format!("{}…", &text[..end])
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

    #[test]
    fn long_subjects_are_cut() {
        let long = Conversation::new(3, "Cy", &"word ".repeat(20));
        assert_eq!(lines(&[long])[0], "Cy: word word word word word word w…");
    }
}
