//! Names in a line of code, whatever its language.

use regex::Regex;

/// The first name of `a.b.c`.
pub fn root(subject: &str) -> &str {
    let end = subject.find(['.', '[', '?', '!', '(', '-', ':', '&']).unwrap_or(subject.len());
    &subject[..end]
}

/// The last name of `a.b.c`.
pub fn last(subject: &str) -> &str {
    subject.rsplit(['.', '>', ':']).next().unwrap_or(subject)
}

/// Whether a name stands in a text as a whole word.
pub fn mentions(text: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    text.match_indices(name).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(word)
            && !text[at + name.len()..].chars().next().is_some_and(word)
    })
}

/// Whether a line gives a name a value (assignment, loop variable, pattern).
pub fn binds(line: &str, name: &str) -> bool {
    if !mentions(line, name) {
        return false;
    }
    let name = regex::escape(name);
    let patterns = [
        // `x = ...`, `x: T = ...`, `x, y := ...`, `const { x } = ...`
        format!(
            r"(?:^|[^\w.$@]){name}\s*(?:[,}}\])][^=(]*)?(?::[^=;(]*)?(?::|\?\?|\|\|)?=(?:[^=>]|$)"
        ),
        format!(r"\bfor\b.*\b{name}\b.*\b(?:in|of)\b|\bfor\b.*\b{name}\b\s*:"),
        format!(r"\bas\s+{name}\b"),
        format!(r"(?:(?:^|[^|])\|(?:[^|:]*[^\w|:])?|\blambda\b[^|:]*\b){name}\b"),
    ];
    patterns.iter().any(|p| Regex::new(p).is_ok_and(|r| r.is_match(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_whole_words_and_bindings_are_seen() {
        assert!(mentions("user.name", "user") && !mentions("superuser.name", "user"));
        for line in ["x = 1", "x: int = 1", "x, err := f()", "const { x } = o", "for x in xs:"] {
            assert!(binds(line, "x"), "{line}");
        }
        for line in ["x == 1", "f(x)", "x.y = 1", "if x >= 2", "y = x", "(x) => x.y"] {
            assert!(!binds(line, "x"), "{line}");
        }
        assert_eq!((root("a.b.c"), last("a.b.c"), root("xs[0]")), ("a", "c", "xs"));
    }
}
