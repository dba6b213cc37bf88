//! Whether a call's arguments fit a list of parameters.

use crate::lang::{CallSite, Parameter};

/// Why a call does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Misfit {
    TooMany {
        given: usize,
        takes: usize,
    },
    Missing(Vec<String>),
    Unknown(String),
    /// The argument at that position (from 1) was meant for `was`, and is now
    /// taken for `is`.
    Shifted {
        at: usize,
        was: String,
        is: String,
    },
}

impl std::fmt::Display for Misfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooMany { given, takes } => {
                write!(f, "passes {given} positional arguments where {takes} are taken")
            }
            Self::Missing(names) => write!(f, "does not pass `{}`", names.join("`, `")),
            Self::Unknown(name) => {
                write!(f, "passes `{name}`, which cannot be passed by name any more")
            }
            Self::Shifted { at, was, is } => {
                write!(f, "passes `{was}` as argument {at}, which is now `{is}`")
            }
        }
    }
}

/// How strict a language is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arity {
    /// A wrong number of arguments is an error.
    Strict,
    /// Missing ones are empty, further ones are ignored (JavaScript).
    Lenient,
    /// Further arguments are ignored, missing ones are an error (PHP).
    Surplus,
    /// Keyword arguments to a method without keyword parameters are one hash
    /// (Ruby).
    Hash,
}

impl Arity {
    pub fn of(language: &str) -> Self {
        match language {
            "javascript" => Self::Lenient,
            "php" => Self::Surplus,
            "ruby" => Self::Hash,
            _ => Self::Strict,
        }
    }
}

/// Why a call does not fit, if so. Calls that spread a list fit anything.
pub(super) fn misfit(call: &CallSite, parameters: &[Parameter], arity: Arity) -> Option<Misfit> {
    if call.spread {
        return None;
    }
    let open = parameters.iter().any(|p| p.variadic);
    let places = positions(parameters);
    let hash = arity == Arity::Hash
        && !call.keywords.is_empty()
        && !parameters.iter().any(|p| p.keyword_only);
    let given = call.positional + usize::from(hash);
    let keywords: &[String] = if hash { &[] } else { &call.keywords };
    let named = |p: &Parameter, name: &String| p.name == *name && !p.positional_only;
    if !open && !matches!(arity, Arity::Lenient | Arity::Surplus) && given > places.len() {
        return Some(Misfit::TooMany { given, takes: places.len() });
    }
    if !open
        && let Some(unknown) = keywords.iter().find(|k| !parameters.iter().any(|p| named(p, k)))
    {
        return Some(Misfit::Unknown(unknown.clone()));
    }
    let missing: Vec<String> = parameters
        .iter()
        .filter(|p| !p.default && !p.variadic && p.name != "this")
        .filter(|p| !keywords.iter().any(|k| named(p, k)))
        .filter(|p| places.iter().position(|n| *n == p.name).is_none_or(|at| at >= given))
        .map(|p| p.name.clone())
        .collect();
    (!missing.is_empty()).then_some(Misfit::Missing(missing))
}

/// The first argument that lands on another parameter than it was written for,
/// for a call that was written for the old parameters.
pub(super) fn shift(call: &CallSite, old: &[Parameter], new: &[Parameter]) -> Option<Misfit> {
    if call.spread {
        return None;
    }
    let (old, new) = (positions(old), positions(new));
    (0..call.positional.min(old.len()).min(new.len())).find_map(|at| {
        let (was, is) = (old[at], new[at]);
        // A mere renaming moves nothing.
        let moved = was != is && (new.contains(&was) || old.contains(&is));
        moved.then(|| Misfit::Shifted { at: at + 1, was: was.to_owned(), is: is.to_owned() })
    })
}

fn positions(parameters: &[Parameter]) -> Vec<&str> {
    parameters
        .iter()
        .take_while(|p| !p.variadic)
        .filter(|p| !p.keyword_only && p.name != "this")
        .map(|p| p.name.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a b= *c !d /e` as parameters.
    fn parameters(text: &str) -> Vec<Parameter> {
        text.split_whitespace()
            .map(|p| Parameter {
                name: p.trim_matches(['*', '=', '!', '/']).to_owned(),
                default: p.ends_with('='),
                variadic: p.starts_with('*'),
                keyword_only: p.starts_with('!'),
                positional_only: p.starts_with('/'),
                ty: None,
            })
            .collect()
    }

    fn call(positional: usize, keywords: &[&str]) -> CallSite {
        CallSite {
            line: 1,
            name: "f".to_owned(),
            receiver: None,
            positional,
            keywords: keywords.iter().map(|k| (*k).to_owned()).collect(),
            spread: false,
            range: 0..0,
            end: 1,
        }
    }

    fn fits(positional: usize, keywords: &[&str], list: &str) -> bool {
        misfit(&call(positional, keywords), &parameters(list), Arity::Strict).is_none()
    }

    #[test]
    fn defaults_and_catch_alls_take_calls() {
        assert!(fits(1, &[], "a b=") && fits(2, &[], "a b=") && fits(1, &["b"], "a b"));
        assert!(fits(5, &["x"], "a *rest") && fits(0, &["a", "k"], "a !k"));
        assert!(!fits(1, &[], "a b") && !fits(3, &[], "a b") && !fits(1, &["x"], "a b="));
        assert!(!fits(2, &[], "a !k"));
        assert!(fits(1, &[], "/a") && !fits(0, &["a"], "/a"));
    }

    #[test]
    fn arguments_that_land_elsewhere_are_seen_and_renamings_are_not() {
        let shifted = |n, old, new| shift(&call(n, &[]), &parameters(old), &parameters(new));
        assert!(shifted(2, "a b", "b a").is_some());
        assert!(shifted(2, "a b=", "a x= b=").is_some());
        assert!(shifted(2, "a b", "a c").is_none());
        assert!(shifted(1, "a b=", "a x= b=").is_none());
    }

    #[test]
    fn rubys_keywords_may_be_one_hash() {
        let list = parameters("a options");
        assert_eq!(misfit(&call(1, &["x", "y"]), &list, Arity::Hash), None);
        assert!(misfit(&call(1, &[]), &list, Arity::Hash).is_some());
    }
}
