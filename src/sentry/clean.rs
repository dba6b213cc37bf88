//! Strips what could fool a terminal or a reader from exported text, and cuts
//! it to size.

use std::borrow::Cow;

use crate::plain;

/// [`plain::plain`], with a copy made only where something goes.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    // Nearly all text is ASCII, which is looked through many bytes at a time.
    let ascii = |b: &u8| (0x20..0x7f).contains(b) || matches!(b, b'\n' | b'\t');
    if !text.as_bytes().iter().all(ascii) && text.chars().any(plain::is_hostile) {
        Cow::Owned(plain::plain(text))
    } else {
        Cow::Borrowed(text)
    }
}

/// Cuts a text to at most `limit` characters, saying that it was cut.
pub(super) fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_controls_and_bidi_go() {
        assert_eq!(clean("\u{1b}[31mred\u{1b}[0m"), "red");
        assert_eq!(clean("\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{1b}\\"), "link");
        assert_eq!(clean("a\u{202e}b\u{2066}c\u{0}d\r\n\te"), "abcd\n\te");
        assert_eq!(clean("hid\u{e0041}den\u{200b}"), "hidden");
        assert!(matches!(clean("日本語\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn cuts_between_characters() {
        assert_eq!(cut("äöü", 2), "äö...");
        assert_eq!(cut("äöü", 3), "äöü");
    }
}
