//! Parameters of a definition, from `params.scm`.
//!
//! Captures: `@list` the parameter list, or the definition itself where it holds
//! them directly (Swift), `@parameter` one of its children with
//! `@name`, `@default`, `@variadic`, `@keyword_only`, `@type`; `@after.keyword_only`
//! a child after which parameters can only be given by name.

use std::collections::HashSet;

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
    /// As written, without the colon.
    pub ty: Option<String>,
}

pub(super) fn parameters(
    language: &Language,
    tree: &Tree,
    text: &str,
    definition: &Definition,
) -> Vec<Parameter> {
    if !definition.kind.is_callable() {
        return Vec::new();
    }
    let until = definition.body.unwrap_or(definition.range.end).max(definition.name_range.end);
    let mut lists: Vec<Node<'_>> = Vec::new();
    let mut found_parameters: Vec<(Node<'_>, Node<'_>, Parameter)> = Vec::new();
    let mut markers: Vec<Node<'_>> = Vec::new();
    let range = definition.range.clone();
    run(&language.params, tree.root_node(), text, Some(range), |found| {
        lists.extend(found.node("list"));
        markers.extend(found.node("after.keyword_only"));
        let (Some(node), Some(name)) = (found.node("parameter"), found.node("name")) else {
            return;
        };
        let ty = found.node("type").map(|t| text_of(t, text).trim_start_matches(':').trim());
        let parameter = Parameter {
            name: fold(text_of(name, text), 80),
            default: found.node("default").is_some(),
            variadic: found.node("variadic").is_some(),
            keyword_only: found.node("keyword_only").is_some(),
            ty: ty.filter(|t| !t.is_empty()).map(|t| fold(t, 80)),
        };
        found_parameters.push((node, name, parameter));
    });
    // The first list behind the name: Go's receiver stands before it, the
    // lists of nested functions in the body.
    let (name, whole) = (&definition.name_range, &definition.range);
    let behind = |l: &Node<'_>| l.start_byte() >= name.end && l.start_byte() < until;
    let around = |l: &Node<'_>| {
        whole.start <= l.start_byte() && l.start_byte() <= name.start && l.end_byte() >= name.end
    };
    let list = lists.iter().copied().filter(behind).min_by_key(|l| l.start_byte());
    let list = list.or_else(|| lists.into_iter().filter(around).max_by_key(|l| l.start_byte()));
    let Some(list) = list else { return Vec::new() };
    let mut children: HashSet<usize> = HashSet::from([list.id()]);
    children.extend(list.children(&mut list.walk()).map(|n| n.id()));
    let keyword_from =
        markers.iter().filter(|m| children.contains(&m.id())).map(|m| m.end_byte()).min();

    found_parameters.retain(|(node, ..)| children.contains(&node.id()));
    found_parameters.sort_by_key(|(_, name, _)| name.start_byte());
    let mut parameters: Vec<(usize, Parameter)> = Vec::new();
    for (_, name, mut parameter) in found_parameters {
        let at = name.start_byte();
        parameter.keyword_only |=
            keyword_from.is_some_and(|from| at >= from) && !parameter.variadic;
        match parameters.last_mut() {
            // Several patterns may speak of one parameter.
            Some((last, known)) if *last == at => {
                known.default |= parameter.default;
                known.variadic |= parameter.variadic;
                known.keyword_only |= parameter.keyword_only;
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
