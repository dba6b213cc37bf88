//! Makes untrusted text safe to print: no escape sequence, control or
//! direction-changing character survives.

/// Strips escape sequences whole, control characters but line feed and tab, and
/// characters that hide or reorder text.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => skip_escape(&mut rest),
            // The one-character forms of the same sequences.
            '\u{9b}' => skip_csi(&mut rest),
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => skip_string(&mut rest),
            '\n' | '\t' => out.push(c),
            c if is_hostile(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// [`plain`] on one line of at most `width` characters; white space is kept but
/// for line ends, which become spaces, and what is cut shows as `…`.
pub fn line(text: &str, width: usize) -> String {
    let text = plain(text).replace(['\n', '\t'], " ");
    let text = text.trim_end();
    match text.char_indices().nth(width) {
        None => text.to_owned(),
        Some(_) => {
            let cut: String = text.chars().take(width.saturating_sub(1)).collect();
            format!("{cut}…")
        }
    }
}

/// White space folded to single blanks.
pub fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Cuts a text after a number of words.
pub fn at_most(text: &str, words: usize) -> String {
    let text = text.trim();
    let mut count = 0;
    let mut in_word = false;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() {
            in_word = false;
        } else if !in_word {
            in_word = true;
            count += 1;
            if count > words {
                return format!("{}…", text[..at].trim_end());
            }
        }
    }
    text.to_owned()
}

/// Whether a character could change how the text around it is shown.
pub fn is_hostile(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        // directions: marks, embeddings, overrides, isolates
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // line and paragraph separators, invisible operators and spaces
        | '\u{2028}' | '\u{2029}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}'
        | '\u{ad}' | '\u{180e}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        // tags, which can carry a hidden message
        | '\u{e0000}'..='\u{e007f}')
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Skips what follows an escape character.
fn skip_escape(rest: &mut Chars<'_>) {
    match rest.peek() {
        Some('[') => {
            rest.next();
            skip_csi(rest);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            rest.next();
            skip_string(rest);
        }
        // Intermediate characters, then one final one.
        Some(' '..='~') => {
            while rest.next_if(|c| (' '..='/').contains(c)).is_some() {}
            rest.next_if(|c| ('0'..='~').contains(c));
        }
        _ => {}
    }
}

/// Parameters, then one final character.
fn skip_csi(rest: &mut Chars<'_>) {
    while rest.next_if(|c| (' '..='?').contains(c)).is_some() {}
    rest.next_if(|c| ('@'..='~').contains(c));
}

/// Up to the terminator, or to the line's end, so that one without terminator
/// does not swallow the text.
fn skip_string(rest: &mut Chars<'_>) {
    while let Some(c) = rest.next_if(|c| *c != '\n') {
        match c {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' => {
                rest.next_if_eq(&'\\');
                return;
            }
            _ => {}
        }
    }
}

/// Breaks text into lines of at most `width` characters at white space; a
/// longer word has a line of its own. Blank lines stay.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in plain(text).trim_end().lines() {
        let mut current = String::new();
        let mut length = 0;
        for word in paragraph.split_whitespace() {
            let size = word.chars().count();
            if length > 0 && length + 1 + size > width {
                lines.push(std::mem::take(&mut current));
                length = 0;
            }
            if length > 0 {
                current.push(' ');
                length += 1;
            }
            current.push_str(word);
            length += size;
        }
        lines.push(current);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_survives() {
        for (hostile, safe) in [
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("a\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{1b}\\b", "alinkb"),
            ("a\u{1b}]0;no end\nnext", "a\nnext"),
            ("\u{9b}2Jgone", "gone"),
            ("\u{1b}(Bx\u{1b}cy\u{1b}", "xy"),
            ("over\rwrite\u{8}\u{0}", "overwrite"),
            ("if (a) { // \u{202e}} \u{2066}check", "if (a) { // } check"),
            ("hid\u{e0041}den\u{200b}", "hidden"),
            ("naïve 日本語 👍\tx\n", "naïve 日本語 👍\tx\n"),
        ] {
            assert_eq!(plain(hostile), safe, "{hostile:?}");
            assert!(!plain(hostile).chars().any(is_hostile));
        }
    }

    #[test]
    fn lines_are_cut_by_characters() {
        assert_eq!(line("日本語日本語", 4), "日本語…");
        assert_eq!(line("日本語", 3), "日本語");
        assert_eq!(line("a\nb\t", 9), "a b");
    }

    #[test]
    fn wrapping_loses_no_word() {
        assert_eq!(wrap("one two three\n\nfour", 8), ["one two", "three", "", "four"]);
        assert_eq!(wrap("abcdefghijkl m", 4), ["abcdefghijkl", "m"]);
    }

    #[test]
    fn texts_are_cut_by_words_and_keep_their_lines() {
        assert_eq!(at_most("one two\nthree", 3), "one two\nthree");
        assert_eq!(at_most("one two\n\nthree four", 3), "one two\n\nthree…");
    }
}
