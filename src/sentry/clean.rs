//! Strips what could fool a terminal or a reader from exported text, and cuts
//! it to size.

use std::borrow::Cow;

use crate::plain;

/// [`plain::plain`], with a copy made only where something goes.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    // Nearly all text is ASCII, which is looked through many bytes at a time.
    let ascii = |b: &u8| (0x20..0x7f).contains(b) | (*b == b'\n') | (*b == b'\t');
    let (blocks, rest) = text.as_bytes().as_chunks::<16>();
    let harmless = blocks.iter().all(|block| block.iter().fold(true, |all, b| all & ascii(b)));
    if !(harmless && rest.iter().all(ascii)) && text.chars().any(plain::is_hostile) {
        Cow::Owned(plain::plain(text))
    } else {
        Cow::Borrowed(text)
    }
}

/// Cuts a text to at most `limit` characters, saying that it was cut.
pub(super) fn cut(text: &str, limit: usize) -> String {
    match end(text, limit) {
        None => text.to_owned(),
        Some(end) => format!("{}...", &text[..end]),
    }
}

/// [`cut`], without a copy of what is short enough.
pub(super) fn cut_owned(mut text: String, limit: usize) -> String {
    if let Some(end) = end(&text, limit) {
        text.truncate(end);
        text.push_str("...");
    }
    text
}

/// Where a text is cut, unless it is short enough.
fn end(text: &str, limit: usize) -> Option<usize> {
    // No text has more characters than bytes.
    (text.len() > limit).then(|| text.char_indices().nth(limit))?.map(|(end, _)| end)
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
        for at in 0..40 {
            let text = format!("{}\u{7}{}", "a".repeat(at), "b".repeat(40 - at));
            assert_eq!(clean(&text).len(), 40, "{at}");
        }
        assert!(matches!(clean("日本語\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn cuts_between_characters() {
        assert_eq!(cut("äöü", 2), "äö...");
        assert_eq!(cut("äöü", 3), "äöü");
        for limit in 0..5 {
            assert_eq!(cut_owned("äöü".to_owned(), limit), cut("äöü", limit));
        }
    }
}
