//! Compares the two versions of a symbol.

use super::{Alteration, Lines, Passing, Side, guard};
use crate::lang::{Language, Parameter, SymbolKind};

/// Parameters that have another name: the old and the new one.
pub(super) type Renames = Vec<(String, String)>;

/// What happened between two versions of a symbol; empty if nothing did. Of what is
/// local to a function only how it is used counts: the rest is the function's body.
pub(super) fn alterations(lines: &Lines, old: &Side<'_>, new: &Side<'_>) -> Vec<Alteration> {
    let mut found = Vec::new();
    let local = new.is_local();
    if local && !new.definition.kind.is_callable() {
        return found;
    }
    let renames = parameters(new.source().language, old.parameters(), new.parameters(), &mut found);
    let (before, after) = (old.contract(), new.contract());
    if before.receiver != after.receiver && old.definition.qualified == new.definition.qualified {
        let (from, to) = (before.receiver.clone(), after.receiver.clone());
        found.push(Alteration::Receiver { from, to });
    }
    if before.returns != after.returns {
        let (from, to) = (before.returns.clone(), after.returns.clone());
        found.push(Alteration::Returns { from, to });
    }
    if before.nothing != after.nothing && returns_something(old) {
        found.push(Alteration::ReturnsNothing(after.nothing));
    }
    for name in after.raises.difference(&before.raises) {
        found.push(Alteration::Raises { name: name.clone() });
    }
    for name in before.raises.difference(&after.raises) {
        found.push(Alteration::NoLongerRaises { name: name.clone() });
    }
    if before.is_async != after.is_async {
        found.push(Alteration::Async(after.is_async));
    }
    if before.visibility != after.visibility {
        let (from, to) = (before.visibility.clone(), after.visibility.clone());
        found.push(Alteration::Visibility { from, to });
    }
    let harmless = |found: &[Alteration]| found.iter().all(|a| a.weight() == 0);
    if local {
        // All told.
    } else if new.definition.kind.is_callable() {
        let lost = guard::lost(old, new, &renames);
        let lost =
            lost.into_iter().map(|(kind, subject)| Alteration::GuardRemoved { kind, subject });
        found.extend(lost);
        if harmless(&found)
            && lines.meet(old, new)
            && folded(old, &renames) != folded(new, &Renames::new())
        {
            found.push(Alteration::Body);
        }
    } else if harmless(&found) && heading(old) != heading(new) {
        found.push(Alteration::Declaration);
    }
    found
}

/// Whether its callers got a value before, as far as syntax shows.
fn returns_something(side: &Side<'_>) -> bool {
    side.contract().returns.is_some() || side.text().contains("return ") || side.contract().nothing
}

/// Adds what happened to the parameters of a function.
pub(super) fn parameters(
    language: &Language,
    old: &[Parameter],
    new: &[Parameter],
    found: &mut Vec<Alteration>,
) -> Renames {
    let mut renames = Renames::new();
    let find = |list: &'_ [Parameter], name: &str| list.iter().position(|p| p.name == name);
    let gone: Vec<usize> = (0..old.len()).filter(|i| find(new, &old[*i].name).is_none()).collect();
    let mut come: Vec<usize> =
        (0..new.len()).filter(|i| find(old, &new[*i].name).is_none()).collect();
    for i in gone {
        // One at the same place and of the same kind has another name.
        let twin = come.iter().position(|j| {
            let (a, b) = (&old[i], &new[*j]);
            *j == i
                && old.len() == new.len()
                && (a.default, a.variadic) == (b.default, b.variadic)
                && passing(language, a) == passing(language, b)
                && a.ty == b.ty
        });
        let from = old[i].name.clone();
        found.push(match twin {
            Some(at) => {
                let to = new[come.remove(at)].name.clone();
                renames.push((from.clone(), to.clone()));
                Alteration::ParameterRenamed { from, to, named: language.can_name(&old[i]) }
            }
            None => Alteration::ParameterRemoved { name: from },
        });
    }
    for j in come {
        let p = &new[j];
        let optional = p.default || p.variadic;
        found.push(Alteration::ParameterAdded { name: p.name.clone(), optional });
    }
    let kept: Vec<(&Parameter, &Parameter)> =
        new.iter().filter_map(|p| Some((&old[find(old, &p.name)?], p))).collect();
    let positions: Vec<Option<usize>> = kept
        .iter()
        .filter(|(a, b)| !a.keyword_only && !b.keyword_only)
        .map(|(a, _)| find(old, &a.name))
        .collect();
    if !positions.is_sorted() {
        found.push(Alteration::ParametersReordered);
    }
    for (a, b) in kept {
        let name = || b.name.clone();
        match (a.default, b.default) {
            (false, true) => found.push(Alteration::DefaultAdded { name: name() }),
            (true, false) => found.push(Alteration::DefaultRemoved { name: name() }),
            _ => {}
        }
        let by = passing(language, b);
        if a.variadic == b.variadic && passing(language, a) != by {
            found.push(Alteration::Passed { name: name(), by });
        }
        if a.variadic != b.variadic {
            found.push(Alteration::Variadic { name: name(), now: b.variadic });
        }
        if a.ty != b.ty {
            let (from, to) = (a.ty.clone(), b.ty.clone());
            found.push(Alteration::ParameterType { name: name(), from, to });
        }
    }
    renames
}

/// How a caller gives an argument.
fn passing(language: &Language, parameter: &Parameter) -> Passing {
    match (parameter.keyword_only, language.can_name(parameter)) {
        (true, true) => Passing::Name,
        (false, true) => Passing::Either,
        (_, false) => Passing::Position,
    }
}

/// A text in which parameters have their new names.
pub(super) fn rename(text: &str, renames: &Renames) -> String {
    if renames.is_empty() {
        return text.to_owned();
    }
    let mut renamed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let in_word = |c: char| c.is_alphanumeric() || c == '_';
        let word = in_word(first);
        let end = rest.find(|c: char| in_word(c) != word).unwrap_or(rest.len());
        let to = renames.iter().find(|(from, _)| *from == rest[..end]).map(|(_, to)| to.as_str());
        renamed.push_str(to.unwrap_or(&rest[..end]));
        rest = &rest[end..];
    }
    renamed
}

/// The text without its own name, whole lines of comment, and what layout alone
/// decides: white space, and a comma before a closing bracket.
fn folded(side: &Side<'_>, renames: &Renames) -> String {
    let language = side.source().language;
    let mut words: Vec<String> = Vec::new();
    let text = rename(&nameless(side), renames);
    for word in text.lines().filter(|l| !language.is_comment(l)).flat_map(str::split_whitespace) {
        if word.starts_with([')', ']', '}'])
            && let Some(last) = words.last_mut()
            && last.ends_with(',')
        {
            last.pop();
        }
        words.push(word.to_owned());
    }
    words.concat()
}

pub(super) fn nameless(side: &Side<'_>) -> String {
    side.text().replace(&side.definition.name, "\u{1}")
}

/// A type's text up to its members.
fn heading<'a>(side: &'a Side<'_>) -> &'a str {
    let d = side.definition;
    match d.kind {
        SymbolKind::Constant | SymbolKind::Type => side.text(),
        _ => &d.signature,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_renamed_at_once() {
        let renames = vec![("a".to_owned(), "b".to_owned()), ("b".to_owned(), "a".to_owned())];
        assert_eq!(rename("a.b(ab, é) + _a", &renames), "b.a(ab, é) + _a");
    }
}
