//! Members of the own object that nothing in the repository sets or defines.
//!
//! `self._clsoed` where the class knows `_closed`: the name stands nowhere else. Classes
//! whose bases lie outside of the repository, and those that make members by name, are
//! left alone.

use std::collections::BTreeSet;

use crate::finding::Hypothesis;
use crate::index::SymbolKind;
use crate::lang::Definition;

use super::super::DraftError;
use super::super::access::{Use, accesses};
use super::super::source::{fold, mentions};
use super::{Part, Told, Work, hypothesis};

/// Classes that are followed up to find where a member comes from.
const BASES: usize = 6;

pub(super) fn find(work: &Work<'_>, part: &Part<'_>) -> Result<Vec<Hypothesis>, DraftError> {
    let read = &*part.head;
    let source = &read.source;
    let mut found: Vec<Hypothesis> = Vec::new();
    if !read.row.members_are_set {
        return Ok(found);
    }
    let own = source.language.self_names();
    let mut seen = BTreeSet::new();
    for access in accesses(source, read.style, &(0..source.text.len())) {
        let subject = access.subject.as_str();
        if access.used != Use::Member
            || access.safe
            || access.store
            || !own.iter().any(|n| n == subject)
            || subject.starts_with("super")
            || !work.fresh(part, access.line)
            || access.key.starts_with("__")
            || !seen.insert(access.key.clone())
        {
            continue;
        }
        let Some(class) = class(&source.definitions, access.range.start) else { continue };
        if is_known(work, part, class, &access.key)? {
            continue;
        }
        let name = &access.key;
        let told = Told {
            rule: "never_set",
            kind: "null_dereference",
            title: format!("nothing sets `{name}` of `{}`", class.name),
            mechanism: format!(
                "`{}` reads `{subject}.{name}`, which no code of the repository sets or defines: `{}`.",
                class.name,
                fold(source.line(access.line))
            ),
            assumption: format!("`{}` has `{name}`", class.name),
            question: format!("Where does `{name}` of `{}` come from?", class.name),
            prior: work.table.prior.unset,
            severity: 0.65,
            fix: format!("Set `{name}`, or use the member that is meant."),
            checked: vec![
                format!("no other place of the repository names `{name}`"),
                format!("all bases of `{}` are in the repository", class.name),
            ],
            unchecked: vec!["members that are made by name".to_owned()],
        };
        found.push(hypothesis(part, (access.line, access.line), told, Vec::new()));
    }
    Ok(found)
}

/// The innermost class around a byte.
fn class(definitions: &[Definition], byte: usize) -> Option<&Definition> {
    definitions
        .iter()
        .filter(|d| d.kind == SymbolKind::Class)
        .filter(|d| d.range.start <= byte && byte < d.range.end)
        .min_by_key(|d| d.range.len())
}

/// Whether a member may come from somewhere.
fn is_known(
    work: &Work<'_>,
    part: &Part<'_>,
    class: &Definition,
    name: &str,
) -> Result<bool, DraftError> {
    let head = work.scene.head;
    if !head.symbols(name)?.is_empty() {
        return Ok(true);
    }
    let added = |path: &str, line: u32| {
        let own = work.parts.iter().find(|p| p.file.path == path);
        own.is_some_and(|p| p.lines.added.contains(&line))
    };
    let mut uses = work.look_up(name, None)?;
    let reads = uses.len();
    uses.retain(|r| added(&r.path, r.line));
    if reads == 0 || uses.len() < reads {
        return Ok(true);
    }
    // Any other way to write it: an assignment, a text, a field of a class.
    let text = &part.head.source.text;
    let made = ["getattr", "setattr", "__dict__", "__slots__", "Object.assign", "defineProperty"];
    if made.iter().any(|m| text.contains(m)) || work.parts.iter().any(|p| is_set(p, name)) {
        return Ok(true);
    }
    bases_are_unknown(work, &class.signature, BASES)
}

/// Whether a line of the file gives the name a value, or tells its type.
fn is_set(part: &Part<'_>, name: &str) -> bool {
    let text = &part.head.source.text;
    text.lines().filter(|l| mentions(l, name)).any(|l| {
        let behind = l.split_once(name).map_or("", |(_, rest)| rest).trim_start();
        let before = l.split_once(name).map_or("", |(before, _)| before);
        let quoted = before.ends_with(['"', '\'', '`', '#']);
        let given = behind.starts_with(['=', ':', '?', '!', ',', ';'])
            && !behind.starts_with("==")
            && !behind.starts_with("!=");
        quoted
            || given && !behind.starts_with(':')
            || before.trim().is_empty()
            || behind.starts_with(':') && !l.trim_end().ends_with(':')
    })
}

/// Whether a base of a class, or of one of its bases, is not in the repository.
fn bases_are_unknown(work: &Work<'_>, signature: &str, left: usize) -> Result<bool, DraftError> {
    let bases = bases(signature);
    for base in bases {
        if base == "object" {
            continue;
        }
        if left == 0 {
            return Ok(true);
        }
        let symbols = work.scene.head.symbols(&base)?;
        let classes: Vec<_> = symbols.iter().filter(|s| s.kind == SymbolKind::Class).collect();
        let [only] = classes[..] else { return Ok(true) };
        let made = match work.file(&only.path)? {
            Some(read) => read.source.text.contains("__getattr"),
            None => true,
        };
        if made || bases_are_unknown(work, &only.signature, left - 1)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Names of the bases in a heading.
fn bases(signature: &str) -> Vec<String> {
    let list = match signature.split_once('(') {
        Some((_, rest)) => rest.rsplit_once(')').map_or(rest, |(list, _)| list),
        None => signature
            .split_once(" extends ")
            .map_or("", |(_, rest)| rest.split([' ', '{', '<']).next().unwrap_or_default()),
    };
    let names = list.split(',').map(str::trim).filter(|n| !n.is_empty());
    names.map(|n| n.split(['[', '(']).next().unwrap_or(n).to_owned()).collect()
}
