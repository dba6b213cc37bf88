//! Runs `tags.scm`: definitions, references and imports of one file.
//!
//! Captures: `@definition.<kind>`, `@container` (qualifies names, is no symbol;
//! `@container.namespace` has no methods, `@container.rest` is one that lasts until
//! its parent ends) with `@name`, `@owner` (a
//! receiver's type; several are joined), `@body`, `@doc`; `@wrapper` with
//! `@wrapped`; `@comment`, `@attribute`; `@reference.call` with `@name`,
//! `@receiver`, `@arguments`, `@spread` (arguments that cannot be counted); `@reference.use` with
//! `@receiver`; `@import` (or `@import.whole`, of all that the module holds) with
//! `@module` (several are joined), `@name`, `@alias`. The captures of local names
//! are in `scope.rs`.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use tree_sitter::{Node, Tree};

use super::Language;
use super::definition::{Definition, Margin, Raw, SymbolKind, Wrapper, assemble, first_line};
use super::query::{Match, fold, lines_of, run, text_of};
use super::scope::{Scopes, is_capture};

/// Most definitions and uses that are kept of one file.
const MOST: usize = 50_000;
/// Most characters of a receiver.
const RECEIVER: usize = 80;

/// A use of a name in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    pub name: String,
    /// Line of the name, 1-based.
    pub line: u32,
    pub call: bool,
    /// The text before the dot.
    pub receiver: Option<String>,
    /// Whether the receiver begins with a local name.
    pub local_receiver: bool,
    /// Whether the name can only be a type's.
    pub is_type: bool,
    /// Bytes of the name.
    pub range: Range<usize>,
}

/// A name or module made visible in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// As written, without quotes.
    pub module: String,
    /// What is taken from it; `*` for everything, `None` for the module itself.
    pub name: Option<String>,
    pub alias: Option<String>,
    pub line: u32,
}

impl Import {
    /// The name under which the file knows it.
    pub fn binding(&self) -> &str {
        self.alias
            .as_deref()
            .or(self.name.as_deref())
            .unwrap_or_else(|| self.module.rsplit(['.', '/', ':']).next().unwrap_or(&self.module))
    }
}

/// What `tags.scm` finds in one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    pub definitions: Vec<Definition>,
    pub references: Vec<Use>,
    pub imports: Vec<Import>,
}

impl Facts {
    /// The number of the innermost definition around a byte that is not merely
    /// a constant.
    pub fn enclosing(&self, byte: usize) -> Option<usize> {
        // Sorted by start: the last one that still covers the byte is innermost.
        let until = self.definitions.partition_point(|d| d.range.start <= byte);
        let inside = |d: &Definition| d.range.end > byte && d.kind != SymbolKind::Constant;
        (0..until).rev().take(2000).find(|n| inside(&self.definitions[*n]))
    }
}

pub(super) fn facts(language: &Language, tree: &Tree, text: &str) -> Facts {
    let mut raws = Vec::new();
    let mut wrappers = Vec::new();
    let mut margin = Margin::default();
    let mut uses: HashMap<usize, Use> = HashMap::new();
    let mut imports = Vec::new();
    let mut scopes = Scopes::default();
    let mut bound: HashSet<usize> = HashSet::new();
    run(&language.tags, tree.root_node(), text, None, |found| {
        if found.named().any(|(name, _)| is_capture(name)) {
            scopes.add(found, text);
            return;
        }
        let Some((tag, node)) = found.named().find(|(n, _)| is_head(n)) else { return };
        match tag {
            "comment" => {
                let (first, last) = lines_of(node);
                if raws.len() < MOST && stands_alone(node, text) {
                    margin.rows.insert(last, (first, Some(text_of(node, text).to_owned())));
                }
            }
            "attribute" => {
                let (first, last) = lines_of(node);
                margin.rows.entry(last).or_insert((first, None));
            }
            "wrapper" => {
                if let Some(inner) = found.node("wrapped") {
                    wrappers.push(Wrapper {
                        inner: inner.byte_range(),
                        outer: node.byte_range(),
                        lines: lines_of(node),
                    });
                }
            }
            "import" | "import.whole" => {
                let names = [found.node("alias"), found.node("name")];
                bound.extend(names.into_iter().flatten().map(|n| n.start_byte()));
                imports.extend(import(language, found, tag, node, text));
            }
            "reference.call" | "reference.use" if uses.len() < MOST => {
                let call = tag == "reference.call";
                let named = found.node("name").unwrap_or(node);
                let name = text_of(named, text);
                if name.is_empty() || name.len() > 200 {
                    return;
                }
                let receiver = found.node("receiver").map(|r| fold(text_of(r, text), RECEIVER));
                let entry = uses.entry(named.start_byte()).or_insert_with(|| Use {
                    name: name.to_owned(),
                    line: named.start_position().row as u32 + 1,
                    call: false,
                    receiver: None,
                    local_receiver: false,
                    is_type: named.kind().ends_with("type_identifier"),
                    range: named.byte_range(),
                });
                entry.call |= call;
                entry.receiver = entry.receiver.take().or(receiver);
            }
            _ if raws.len() < MOST => raws.extend(raw(language, found, tag, node, text)),
            _ => {}
        }
    });
    let definitions = assemble(language, text, raws, &wrappers, &margin);
    for definition in &definitions {
        uses.remove(&definition.name_range.start);
    }
    scopes.resolve(&mut uses, &definitions, &bound, language.settings.calls_see_locals);
    let mut references: Vec<Use> = uses.into_values().collect();
    references.sort_by_key(|u| u.range.start);
    imports.sort_by_key(|i: &(usize, Import)| i.0);
    imports.dedup();
    let imports = imports.into_iter().map(|(_, import)| import).collect();
    Facts { definitions, references, imports }
}

/// Whether a capture says what its match is about.
fn is_head(name: &str) -> bool {
    matches!(
        name,
        "comment"
            | "attribute"
            | "wrapper"
            | "import"
            | "import.whole"
            | "container"
            | "container.namespace"
            | "container.rest"
            | "reference.call"
            | "reference.use"
    ) || name.starts_with("definition.")
}

/// Whether nothing but white space stands before a comment on its line.
fn stands_alone(node: Node<'_>, text: &str) -> bool {
    let start = node.start_byte();
    let line = text.get(..start).map_or(0, |before| before.rfind('\n').map_or(0, |n| n + 1));
    text.get(line..start).is_some_and(|before| before.trim().is_empty())
}

fn raw(
    language: &Language,
    found: &Match<'_, '_>,
    tag: &str,
    node: Node<'_>,
    text: &str,
) -> Option<Raw> {
    let kind = match tag.strip_prefix("definition.") {
        Some(kind) => Some(SymbolKind::parse(kind)?),
        None => None,
    };
    let named = found.node("name")?;
    let name = fold(text_of(named, text), 120);
    if name.is_empty() {
        return None;
    }
    let body = found.node("body").or_else(|| node.child_by_field_name("body"));
    let owners: Vec<String> = found.nodes("owner").map(|n| fold(text_of(n, text), 120)).collect();
    let mut range = node.byte_range();
    if tag == "container.rest" {
        range.end = node.parent().map_or(text.len(), |parent| parent.end_byte());
    }
    Some(Raw {
        kind,
        namespace: matches!(tag, "container.namespace" | "container.rest"),
        name,
        owner: (!owners.is_empty()).then(|| owners.join(&language.settings.separator)),
        name_range: named.byte_range(),
        name_line: named.start_position().row as u32 + 1,
        range,
        lines: lines_of(node),
        body: body.map(|n| n.start_byte()),
        docstring: found.node("doc").and_then(|n| first_line(&language.settings, text_of(n, text))),
    })
}

fn import(
    language: &Language,
    found: &Match<'_, '_>,
    tag: &str,
    node: Node<'_>,
    text: &str,
) -> Option<(usize, Import)> {
    let clean = |n: Node<'_>| fold(text_of(n, text).trim_matches(['"', '\'', '`', '<', '>']), 200);
    let mut modules: Vec<String> = found.nodes("module").map(clean).collect();
    modules.dedup();
    let name = found.node("name").map(clean);
    // A wildcard's node holds the path before the star.
    let name = name.map(|n| if n.ends_with('*') { "*".to_owned() } else { n });
    if modules.is_empty() && name.is_none() {
        return None;
    }
    let alias = found.node("alias").map(clean);
    let whole = name.is_none()
        && (tag == "import.whole" || (alias.is_none() && language.settings.imports.whole));
    let name = if whole { Some("*".to_owned()) } else { name };
    let import = Import {
        module: modules.join(&language.settings.separator),
        name,
        alias,
        line: node.start_position().row as u32 + 1,
    };
    Some((found.node("name").unwrap_or(node).start_byte(), import))
}
