//! Strips what could fool a terminal or a reader from exported text: escape
//! sequences, control characters, and characters that reorder or hide text.

use std::borrow::Cow;

/// Removes ANSI escape sequences, control characters except line feed and tab,
/// bidirectional overrides, and invisible characters that can carry hidden
/// instructions (zero-width spaces, Unicode tags).
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    // Most text is plain, so the copy is made only where something goes.
    if text.bytes().all(|b| matches!(b, b'\n' | b'\t' | 0x20..=0x7e))
        || !text.chars().any(|c| unwanted(c) || c == '\u{1b}')
    {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => skip_escape(&mut chars),
            '\u{9b}' => skip_control_sequence(&mut chars),
            c if unwanted(c) => {}
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn unwanted(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}' => true,
        // Embeddings, overrides and isolates; line and paragraph separators.
        '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        c => c.is_control(),
    }
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// The forms of ECMA-48: `ESC [` up to a final byte, strings such as `ESC ]`
/// up to BEL or `ESC \`, and two-character escapes.
fn skip_escape(chars: &mut Chars<'_>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_control_sequence(chars);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            chars.next();
            while let Some(c) = chars.next() {
                if c == '\u{7}' || c == '\n' {
                    break;
                }
                if c == '\u{1b}' {
                    if chars.peek() == Some(&'\\') {
                        chars.next();
                    }
                    break;
                }
            }
        }
        Some(' '..='/') => {
            chars.next();
            chars.next();
        }
        Some('0'..='~') => {
            chars.next();
        }
        _ => {}
    }
}

fn skip_control_sequence(chars: &mut Chars<'_>) {
    while let Some(c) = chars.peek() {
        match c {
            ' '..='?' => chars.next(),
            '@'..='~' => {
                chars.next();
                return;
            }
            _ => return,
        };
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
        assert_eq!(clean("\u{9b}1mx\u{7f}"), "x");
        assert_eq!(clean("hid\u{e0041}den\u{200b}"), "hidden");
    }

    #[test]
    fn other_scripts_stay() {
        for text in ["naïve", "日本語", "مرحبا", "👩\u{200d}💻"] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn cuts_between_characters() {
        assert_eq!(cut("äöü", 2), "äö...");
        assert_eq!(cut("äöü", 3), "äöü");
    }
}
