//! Parameters of a definition, from `params.scm`.
//!
//! Captures: `@list` the parameter list, or the definition itself where it holds
//! them directly (Swift), `@parameter` one of its children with
//! `@name`, `@default`, `@variadic`, `@keyword_only`, `@positional_only`, `@type`;
//! `@after.keyword_only` a child after which parameters can only be given by name,
//! `@before.positional_only` one before which they cannot be.

use std::collections::HashSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use tree_sitter::{Node, Tree};

use super::definition::Definition;
use super::query::{fold, run, text_of};
use super::{Language, SymbolKind};

/// A parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    pub name: String,
    /// Whether a caller may leave it out.
    pub default: bool,
    /// Whether it takes any number of arguments.
    pub variadic: bool,
    pub keyword_only: bool,
    /// Whether a caller cannot give it by name although the language has such
    /// arguments.
    pub positional_only: bool,
    /// As written, without the colon.
    pub ty: Option<String>,
}

/// What `params.scm` finds, in the order of the text.
#[derive(Default)]
struct Found<'t> {
    lists: Vec<Node<'t>>,
    /// With the byte of the name.
    parameters: Vec<(Node<'t>, usize, Parameter)>,
    keyword_from: Vec<Node<'t>>,
    positional_until: Vec<Node<'t>>,
}

/// Parameters of one definition.
pub(super) fn parameters(
    language: &Language,
    tree: &Tree,
    text: &str,
    definition: &Definition,
) -> Vec<Parameter> {
    if !definition.kind.is_callable() {
        return Vec::new();
    }
    of(language, &find(language, tree, text, Some(definition.range.clone())), definition)
}

/// Parameters of each definition. Asking for them one by one would walk the file
/// for each, which is quadratic.
pub(super) fn all_parameters(
    language: &Language,
    tree: &Tree,
    text: &str,
    definitions: &[Definition],
) -> Vec<Vec<Parameter>> {
    let found = find(language, tree, text, None);
    definitions.iter().map(|d| of(language, &found, d)).collect()
}

fn find<'t>(
    language: &Language,
    tree: &'t Tree,
    text: &str,
    range: Option<Range<usize>>,
) -> Found<'t> {
    let mut all = Found::default();
    run(&language.params, tree.root_node(), text, range, |found| {
        all.lists.extend(found.node("list"));
        all.keyword_from.extend(found.node("after.keyword_only"));
        all.positional_until.extend(found.node("before.positional_only"));
        let (Some(node), Some(name)) = (found.node("parameter"), found.node("name")) else {
            return;
        };
        let ty = found.node("type").map(|t| text_of(t, text).trim_start_matches(':').trim());
        let parameter = Parameter {
            name: fold(text_of(name, text), 80),
            default: found.node("default").is_some(),
            variadic: found.node("variadic").is_some(),
            keyword_only: found.node("keyword_only").is_some(),
            positional_only: found.node("positional_only").is_some(),
            ty: ty.filter(|t| !t.is_empty()).map(|t| fold(t, 80)),
        };
        all.parameters.push((node, name.start_byte(), parameter));
    });
    all.lists.sort_by_key(Node::start_byte);
    all.parameters.sort_by_key(|(_, name, _)| *name);
    all.keyword_from.sort_by_key(Node::start_byte);
    all.positional_until.sort_by_key(Node::start_byte);
    all
}

fn of(language: &Language, found: &Found<'_>, definition: &Definition) -> Vec<Parameter> {
    if !definition.kind.is_callable() {
        return Vec::new();
    }
    // The first list behind the name: Go's receiver stands before it, the
    // lists of nested functions in the body.
    let (name, whole) = (&definition.name_range, &definition.range);
    let until = definition.body.unwrap_or(whole.end).max(name.end);
    let behind = found.lists.partition_point(|l| l.start_byte() < name.end);
    let before = found.lists.partition_point(|l| l.start_byte() <= name.start);
    let around = || {
        let outer = found.lists[..before].iter().rev();
        outer.take_while(|l| l.start_byte() >= whole.start).find(|l| l.end_byte() >= name.end)
    };
    let list = found.lists.get(behind).filter(|l| l.start_byte() < until).or_else(around);
    let Some(list) = list else { return Vec::new() };
    let mut children: HashSet<usize> = HashSet::from([list.id()]);
    children.extend(list.children(&mut list.walk()).map(|n| n.id()));
    let within = list.byte_range();
    let marker = |markers: &[Node<'_>]| {
        let from = markers.partition_point(|m| m.start_byte() < within.start);
        let inside = markers[from..].iter().take_while(|m| m.start_byte() < within.end);
        inside.copied().find(|m| children.contains(&m.id())).map(|m| m.byte_range())
    };
    let keyword_from = marker(&found.keyword_from).map(|m| m.end);
    let positional_until = marker(&found.positional_until).map(|m| m.start);

    let from = found.parameters.partition_point(|(_, at, _)| *at < within.start);
    let mut parameters: Vec<(usize, Parameter)> = Vec::new();
    for (node, at, parameter) in &found.parameters[from..] {
        if *at >= within.end {
            break;
        }
        if !children.contains(&node.id()) {
            continue;
        }
        let (at, mut parameter) = (*at, parameter.clone());
        parameter.keyword_only |=
            keyword_from.is_some_and(|from| at >= from) && !parameter.variadic;
        parameter.positional_only |= positional_until.is_some_and(|until| at < until);
        match parameters.last_mut() {
            // Several patterns may speak of one parameter.
            Some((last, known)) if *last == at => {
                known.default |= parameter.default;
                known.variadic |= parameter.variadic;
                known.keyword_only |= parameter.keyword_only;
                known.positional_only |= parameter.positional_only;
                known.ty = known.ty.take().or(parameter.ty);
            }
            _ => parameters.push((at, parameter)),
        }
    }
    let mut parameters: Vec<Parameter> = parameters.into_iter().map(|(_, p)| p).collect();
    let object = |p: &Parameter| language.settings.receiver_parameters.contains(&p.name);
    if definition.kind == SymbolKind::Method && parameters.first().is_some_and(object) {
        parameters.remove(0);
    }
    parameters
}
