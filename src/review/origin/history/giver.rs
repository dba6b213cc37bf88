//! Where a value comes from that was nothing when a function crashed, and the ways to it
//! through the code: `sub.payment_method`, `event["sender"]`, `customers.load(id)`.

use std::sync::LazyLock;

use regex::Regex;

use super::spot::{Raises, Spot, argument, identifiers};
use crate::review::origin::access::subject;
use crate::review::origin::source::{Source, last, root};

/// A name, or a way from one: `a.b`, `a["b"]`, `a->b`, `a.b()`.
static PATH: LazyLock<Regex> = LazyLock::new(|| {
    let path = r#"^[$@]*[A-Za-z_]\w*(?:(?:\.|->|::|\?\.)\w+(?:\(\))?|\[\s*(?:['"]\w+['"]|:\w+|\w+)\s*\])*$"#;
    Regex::new(path).expect("the expression is valid")
});

/// Where the value comes from that was nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Giver {
    /// It is this member of something: `payment_method` of `sub.payment_method`.
    Member(String),
    /// This function returned it; with the last name of its receiver, if it has one.
    Call { receiver: Option<String>, function: String },
    /// It is this argument, counted without `self`, of the function that crashed, or a
    /// member of it.
    Argument { function: String, position: usize, name: String, member: Option<String> },
}

impl Giver {
    /// The name by which lines speak of it.
    pub fn name(&self) -> &str {
        match self {
            Self::Member(name) | Self::Argument { name, .. } => name,
            Self::Call { function, .. } => function,
        }
    }

    /// The member of an argument that was nothing.
    pub fn member(&self) -> Option<&str> {
        match self {
            Self::Argument { member, .. } => member.as_deref(),
            _ => None,
        }
    }

    /// Whether it is the callers' to ask.
    pub fn is_argument(&self) -> bool {
        matches!(self, Self::Argument { .. })
    }

    /// An argument of which that member was nothing; others give no way to tell.
    pub fn with_member(self, part: &str) -> Option<Self> {
        let Self::Argument { function, position, name, .. } = self else { return None };
        Some(Self::Argument { function, position, name, member: Some(part.to_owned()) })
    }

    /// For a sentence.
    pub fn shown(&self) -> String {
        match self {
            Self::Member(name) => name.clone(),
            Self::Call { receiver, function } => {
                let receiver = receiver.iter().map(|r| format!("{r}.")).collect::<String>();
                format!("{receiver}{function}()")
            }
            Self::Argument { function, name, member, .. } => {
                let member = member.iter().map(|m| format!(".{m}")).collect::<String>();
                format!("{name}{member} of {function}()")
            }
        }
    }

    /// The names of the value where a use takes it: as the use has it, and as it was given
    /// to that name; `None` if the use is of something else.
    pub fn met(&self, source: &Source<'_>, spot: &Spot) -> Option<Vec<String>> {
        if let Self::Argument { function, position, name, .. } = self {
            let call = spot.used == Raises::Call && spot.key == *function;
            let passed = call.then(|| argument(&spot.arguments, *position, name)).flatten()?;
            // Of a literal everybody knows that it is there.
            return (!identifiers(passed).is_empty()).then(|| vec![subject(passed)]);
        }
        let takes = [Raises::Member, Raises::Subscript, Raises::Iteration, Raises::Force];
        let method = spot.used == Raises::Call && !spot.subject.is_empty();
        if spot.safe || spot.store || !(takes.contains(&spot.used) || method) {
            return None;
        }
        if self.is_given_by(&spot.subject) {
            return Some(vec![spot.subject.clone()]);
        }
        let plain = spot.subject.chars().all(|c| c.is_alphanumeric() || "_$@".contains(c));
        let right = spot.given(source, &spot.subject).filter(|_| plain)?;
        self.is_given_by(right).then(|| vec![spot.subject.clone(), subject(right)])
    }

    /// Whether an expression yields the value.
    pub fn is_given_by(&self, text: &str) -> bool {
        let text = text.trim().trim_end_matches(';').trim_start_matches("await ").trim();
        match self {
            Self::Member(name) => {
                let own = |part: &str| part == name;
                last_part(text).is_some_and(own) && root(text) != text && is_path(text)
            }
            Self::Call { receiver, function } => called(text).is_some_and(|(of, name)| {
                name == *function && receiver.as_deref().is_none_or(|r| of.as_deref() == Some(r))
            }),
            Self::Argument { .. } => false,
        }
    }
}

/// What a line takes a part of: `a.b` for `c` in `f(a.b.c)`.
pub(super) fn whole<'l>(line: &'l str, part: &str) -> Option<&'l str> {
    let taken = format!(
        r#"(?P<whole>[$@]*[A-Za-z_][\w.$]*(?:\(\)|\[['":]?\w+['"]?\])*)(?:\.|->|\[['":]){}\b"#,
        regex::escape(part)
    );
    let found = Regex::new(&taken).ok()?.captures(line)?;
    found.name("whole").map(|m| m.as_str())
}

/// Whether a text is a name, or a way from one.
pub(super) fn is_path(text: &str) -> bool {
    PATH.is_match(text.trim())
}

/// The last member of a way: `b` of `a.b`, `a["b"]` and `a.b()`.
pub(super) fn last_part(text: &str) -> Option<&str> {
    let text = text.trim().trim_end_matches("()").trim_end_matches(']');
    let text = text.trim_end_matches(['"', '\'']);
    let at = text.rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
    let part =
        at.map_or(text, |at| &text[at + text[at..].chars().next().map_or(1, char::len_utf8)..]);
    (!part.is_empty()).then(|| part.trim_start_matches('$'))
}

/// Whether a line takes that member of something.
pub(super) fn is_member(line: &str, member: &str) -> bool {
    let marks = [".", "->", "[\"", "['", "[:", "?.", "::"];
    marks.iter().any(|mark| line.contains(&format!("{mark}{member}")))
}

/// Receiver's last name and name of the function that a whole expression calls.
pub(super) fn called(text: &str) -> Option<(Option<String>, String)> {
    let text = text.trim().trim_end_matches(';').trim_start_matches("await ").trim();
    let (path, rest) = text.split_once('(')?;
    let whole = rest.trim_end().ends_with(')') && {
        let mut depth = 1i32;
        let end = rest.char_indices().find(|(_, c)| {
            depth += match c {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            depth == 0
        });
        end.is_some_and(|(at, _)| rest[at + 1..].trim().is_empty())
    };
    let path = path.trim();
    if !whole || !is_path(path) {
        return None;
    }
    let name = last(path).to_owned();
    let receiver = path.strip_suffix(&name)?.trim_end_matches(['.', ':', '>', '-', '?']);
    let receiver = Some(last(receiver)).filter(|r| !r.is_empty()).map(str::to_owned);
    // `new User()` and `User()` make something.
    (!name.starts_with(char::is_uppercase)).then_some((receiver, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_and_their_last_members() {
        for (text, part) in [
            ("sub.payment_method", "payment_method"),
            (r#"event["sender"]"#, "sender"),
            ("to.phone()", "phone"),
            ("$letter->dueOn", "dueOn"),
            ("phone", "phone"),
        ] {
            assert!(is_path(text), "{text}");
            assert_eq!(last_part(text), Some(part), "{text}");
        }
        for text in ["f(x)", "a + b", "a.b(c)", "x ?? y", "'text'"] {
            assert!(!is_path(text), "{text}");
        }
    }

    #[test]
    fn a_call_is_known_by_its_function_and_receiver() {
        let call = |receiver: Option<&str>, name: &str| {
            Some((receiver.map(str::to_owned), name.to_owned()))
        };
        assert_eq!(called("customers.load(invoice.customerId)"), call(Some("customers"), "load"));
        assert_eq!(called("membershipOf(pool, f(x))"), call(None, "membershipOf"));
        assert_eq!(called("f(x) || g(y)"), None);
        assert_eq!(called("User(x)"), None);
        assert_eq!(whole("f(sample.labels.host)", "host"), Some("sample.labels"));
        assert_eq!(whole(r#"return e["sender"]["name"]"#, "name"), Some(r#"e["sender"]"#));
    }
}
