//! Turns tokens' bytes into text as they come.

/// Text of a completion; bytes of an unfinished character are held back.
#[derive(Default)]
pub struct TextStream {
    text: String,
    held: Vec<u8>,
}

impl TextStream {
    /// Adds bytes and returns the text that they completed. Bytes that no
    /// text has become U+FFFD.
    pub fn push(&mut self, bytes: &[u8]) -> &str {
        let from = self.text.len();
        self.held.extend_from_slice(bytes);
        let mut done = 0;
        for chunk in self.held.utf8_chunks() {
            self.text.push_str(chunk.valid());
            done += chunk.valid().len();
            let invalid = chunk.invalid();
            let at_end = done + invalid.len() == self.held.len();
            if invalid.is_empty() || (at_end && may_continue(invalid)) {
                break;
            }
            self.text.push(char::REPLACEMENT_CHARACTER);
            done += invalid.len();
        }
        self.held.drain(..done);
        &self.text[from..]
    }

    /// The whole text; an unfinished character at its end is dropped.
    pub fn finish(self) -> String {
        self.text
    }
}

/// Whether more bytes may make these a character.
fn may_continue(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => false,
        Err(error) => error.error_len().is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_come_whole_and_wrong_bytes_are_marked() {
        let mut stream = TextStream::default();
        assert_eq!(stream.push(b"a\xe2\x82"), "a");
        assert_eq!(stream.push(b"\xacb"), "€b");
        assert_eq!(stream.push(b"\xffc\xf0\x9f"), "\u{fffd}c");
        assert_eq!(stream.push(b"x"), "\u{fffd}x");
        stream.push(b"\xf0");
        assert_eq!(stream.finish(), "a€b\u{fffd}c\u{fffd}x");
    }

    proptest::proptest! {
        #[test]
        fn any_split_of_a_text_gives_the_text(text in "\\PC{0,40}", cut in 0usize..160) {
            let mut stream = TextStream::default();
            let cut = cut.min(text.len());
            let mut seen = stream.push(&text.as_bytes()[..cut]).to_owned();
            seen.push_str(stream.push(&text.as_bytes()[cut..]));
            proptest::prop_assert_eq!(&seen, &text);
            proptest::prop_assert_eq!(stream.finish(), text);
        }
    }
}
