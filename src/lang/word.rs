//! Splits text and identifiers into the words of lexical search.

use serde::Deserialize;

/// `grammars/words.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordRules {
    /// Letters that a stem keeps at least.
    min_stem: usize,
    /// Endings with their replacements; of each step the first that fits counts.
    steps: Vec<Vec<[String; 2]>>,
    /// Letters of the shortest and the longest word.
    min_word: usize,
    max_word: usize,
    stop: Vec<String>,
}

impl WordRules {
    /// Hands every word of a text to `each`, in order, as its stem in lower
    /// case. Words of no use (stop words, single letters) are left out.
    pub fn words(&self, text: &str, each: &mut dyn FnMut(&str)) {
        let mut word = String::new();
        let mut before = Sort::Other;
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            let sort = Sort::of(c);
            let next = rest.peek().map_or(Sort::Other, |c| Sort::of(*c));
            // `parseHTTPHeader`: before H of HTTP, and before H of Header.
            let hump = sort == Sort::Upper
                && (before == Sort::Lower || (before == Sort::Upper && next == Sort::Lower));
            if sort == Sort::Other || hump {
                self.finish(&mut word, each);
            }
            if sort != Sort::Other {
                word.extend(c.to_lowercase());
            }
            before = sort;
        }
        self.finish(&mut word, each);
    }

    /// As [`Self::words`], collected.
    pub fn list(&self, text: &str) -> Vec<String> {
        let mut words = Vec::new();
        self.words(text, &mut |word| words.push(word.to_owned()));
        words
    }

    fn finish(&self, word: &mut String, each: &mut dyn FnMut(&str)) {
        let long = word.chars().count();
        if (self.min_word..=self.max_word).contains(&long)
            && !self.stop.iter().any(|stop| stop == word)
        {
            self.stem(word);
            each(word);
        }
        word.clear();
    }

    fn stem(&self, word: &mut String) {
        for step in &self.steps {
            let fits = step.iter().find(|[ending, _]| {
                word.strip_suffix(ending.as_str())
                    .is_some_and(|stem| stem.chars().count() >= self.min_stem)
            });
            let Some([ending, instead]) = fits else { continue };
            word.truncate(word.len() - ending.len());
            word.push_str(instead);
            if ending.len() > 1 && instead.is_empty() {
                undouble(word);
            }
        }
    }
}

/// `stopping` lost its ending and is `stopp`.
fn undouble(word: &mut String) {
    let mut last = word.chars().rev();
    if let (Some(a), Some(b)) = (last.next(), last.next())
        && a == b
        && !matches!(a, 'a' | 'e' | 'i' | 'o' | 'u' | 'l' | 's' | 'z')
        && word.len() > 3
    {
        word.pop();
    }
}

/// What a character is to an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Upper,
    /// Lower case, digits, and scripts without case.
    Lower,
    Other,
}

impl Sort {
    fn of(c: char) -> Self {
        if c.is_ascii() {
            return match c {
                'A'..='Z' => Self::Upper,
                'a'..='z' | '0'..='9' => Self::Lower,
                _ => Self::Other,
            };
        }
        match c {
            c if c.is_uppercase() => Self::Upper,
            c if c.is_alphanumeric() => Self::Lower,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::asset::Assets;
    use crate::lang::Languages;

    fn list(text: &str) -> String {
        Languages::load(&Assets::builtin()).unwrap().words().list(text).join(" ")
    }

    #[test]
    fn identifiers_are_split_however_they_are_written() {
        let one = list("parse http header");
        for text in
            ["parseHTTPHeader", "parse_http_header", "Parse.Http::header", "PARSE_HTTP_HEADER"]
        {
            assert_eq!(list(text), one, "{text}");
        }
        assert_eq!(list("utf8 sha256"), "utf8 sha256");
        assert_eq!(list("x = a[i] of the"), "");
        assert_eq!(list("Größe_ändern"), "größ ändern");
    }

    #[test]
    fn forms_of_a_word_are_one() {
        for forms in [
            "parse parses parsed parsing parser",
            "validate validates validation validator",
            "stop stopped stopping stops",
            "query queries",
            "class classes",
            "error errors err",
        ] {
            let stems = list(forms);
            let mut stems: Vec<&str> = stems.split(' ').collect();
            stems.dedup();
            assert_eq!(stems.len(), 1, "{forms}: {stems:?}");
        }
        assert_ne!(list("status"), list("state"));
        assert_eq!(list(&"a".repeat(33)), "");
    }
}
