//! Definitions: their kinds, qualified names, signatures and documentation.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::query::fold;
use super::{Language, load::Settings};

/// Most characters of a signature.
const SIGNATURE: usize = 200;
/// Most characters of a documentation line.
const DOC: usize = 160;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SymbolKind {
    Function,
    Method,
    Class,
    Interface,
    Enum,
    Module,
    Constant,
    Type,
}

impl SymbolKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Method => "method",
            Self::Class => "class",
            Self::Interface => "interface",
            Self::Enum => "enum",
            Self::Module => "module",
            Self::Constant => "constant",
            Self::Type => "type",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "function" => Self::Function,
            "method" => Self::Method,
            "class" => Self::Class,
            "interface" => Self::Interface,
            "enum" => Self::Enum,
            "module" => Self::Module,
            "constant" => Self::Constant,
            "type" => Self::Type,
            _ => return None,
        })
    }

    /// Whether it has parameters.
    pub fn is_callable(self) -> bool {
        matches!(self, Self::Function | Self::Method)
    }

    /// Whether functions directly inside it are its methods.
    fn has_members(self) -> bool {
        matches!(self, Self::Class | Self::Interface | Self::Enum | Self::Type)
    }
}

/// A definition in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    pub name: String,
    /// With its containers: `Cart.total`, `module::f`.
    pub qualified: String,
    pub kind: SymbolKind,
    /// Lines of the whole definition, decorators included; 1-based, inclusive.
    pub start: u32,
    pub end: u32,
    /// Line of its name.
    pub line: u32,
    pub signature: String,
    pub doc: Option<String>,
    /// Bytes of the whole definition.
    pub range: Range<usize>,
    pub name_range: Range<usize>,
    /// Byte at which the body begins.
    pub body: Option<usize>,
}

/// Definitions within definitions, from which on a file is not looked at: nobody writes
/// so, and looking at each with all that it holds would take for ever.
pub const MAX_NESTING: usize = 200;

/// Whether definitions lie within each other too deep to be looked at. They stand in
/// the order of the text, an outer one before its members.
pub fn is_too_nested(definitions: &[Definition]) -> bool {
    let mut around: Vec<usize> = Vec::new();
    definitions.iter().any(|definition| {
        while around.last().is_some_and(|end| *end <= definition.range.start) {
            around.pop();
        }
        around.push(definition.range.end);
        around.len() > MAX_NESTING
    })
}

/// What a pattern of `tags.scm` said of a definition.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    /// `None`: a container that is no symbol itself, such as Rust's `impl`.
    pub kind: Option<SymbolKind>,
    /// Whether it is a namespace, whose functions are no methods.
    pub namespace: bool,
    pub name: String,
    pub owner: Option<String>,
    pub name_range: Range<usize>,
    pub name_line: u32,
    /// Without decorators.
    pub range: Range<usize>,
    pub lines: (u32, u32),
    pub body: Option<usize>,
    pub docstring: Option<String>,
}

/// A node that wraps a definition: decorators, `export`.
#[derive(Debug, Clone)]
pub(super) struct Wrapper {
    pub inner: Range<usize>,
    pub outer: Range<usize>,
    pub lines: (u32, u32),
}

/// Whole-line comments and attributes, for documentation above a definition.
#[derive(Debug, Default)]
pub(super) struct Margin {
    /// Last line → first line and text; `None` for an attribute.
    pub rows: std::collections::HashMap<u32, (u32, Option<String>)>,
}

/// Puts names together and orders definitions by place, outer ones first.
pub(super) fn assemble(
    language: &Language,
    text: &str,
    raws: Vec<Raw>,
    wrappers: &[Wrapper],
    margin: &Margin,
) -> Vec<Definition> {
    let outer: std::collections::HashMap<(usize, usize), &Wrapper> =
        wrappers.iter().map(|w| ((w.inner.start, w.inner.end), w)).collect();
    let raws = merge(raws);

    let settings = &language.settings;
    let mut stack: Vec<(usize, String, bool)> = Vec::new();
    let mut definitions = Vec::new();
    for raw in raws {
        while stack.last().is_some_and(|(end, ..)| *end <= raw.range.start) {
            stack.pop();
        }
        let in_type = stack.last().is_some_and(|(.., members)| *members);
        let kind = match raw.kind {
            Some(SymbolKind::Function) if in_type => Some(SymbolKind::Method),
            other => other,
        };
        let scope = stack.last().map(|(_, name, _)| name.as_str());
        let qualified = qualify(settings, scope, raw.owner.as_deref(), kind, &raw.name);
        let members = kind.map_or(!raw.namespace, SymbolKind::has_members);
        stack.push((raw.range.end, qualified.clone(), members));
        let Some(kind) = kind else { continue };

        let (mut range, mut lines) = (raw.range.clone(), raw.lines);
        // `export @decorated class` has two wrappers at most.
        for _ in 0..3 {
            let Some(wrapper) = outer.get(&(range.start, range.end)) else { break };
            (range, lines) = (wrapper.outer.clone(), wrapper.lines);
        }
        let doc = raw.docstring.clone().or_else(|| doc_above(settings, margin, lines.0));
        definitions.push(Definition {
            signature: signature(text, &raw),
            name: raw.name,
            qualified,
            kind,
            start: lines.0,
            end: lines.1,
            line: raw.name_line,
            doc,
            range,
            name_range: raw.name_range,
            body: raw.body,
        });
    }
    definitions
}

/// Orders by place, outer ones first, and joins what several patterns said of
/// one name.
fn merge(mut raws: Vec<Raw>) -> Vec<Raw> {
    raws.sort_by_key(|r| (r.range.start, std::cmp::Reverse(r.range.end), r.name_range.start));
    let mut merged: Vec<Raw> = Vec::with_capacity(raws.len());
    let mut known = std::collections::HashMap::new();
    for raw in raws {
        let key = (raw.name_range.start, raw.kind.is_none());
        let Some(at) = known.get(&key) else {
            known.insert(key, merged.len());
            merged.push(raw);
            continue;
        };
        let first: &mut Raw = &mut merged[*at];
        first.owner = first.owner.take().or(raw.owner);
        first.docstring = first.docstring.take().or(raw.docstring);
        first.body = first.body.or(raw.body);
        // A pattern for all of a sort stands beside one that knows better.
        let rank = |kind| match kind {
            Some(SymbolKind::Constant | SymbolKind::Type) => 0,
            Some(SymbolKind::Function | SymbolKind::Class) => 1,
            _ => 2,
        };
        if rank(first.kind) < rank(raw.kind) {
            first.kind = raw.kind;
        }
    }
    merged
}

fn qualify(
    settings: &Settings,
    scope: Option<&str>,
    owner: Option<&str>,
    kind: Option<SymbolKind>,
    name: &str,
) -> String {
    let member = match (&settings.member_separator, kind) {
        (Some(separator), Some(SymbolKind::Method)) => separator,
        _ => &settings.separator,
    };
    let mut qualified = String::new();
    for part in scope.into_iter().chain(owner) {
        if !qualified.is_empty() {
            qualified.push_str(&settings.separator);
        }
        qualified.push_str(part);
    }
    if !qualified.is_empty() {
        qualified.push_str(member);
    }
    qualified.push_str(name);
    // Containers nest as deep as a hostile file wants.
    if qualified.len() > 300 {
        let cut = (qualified.len() - 300..).find(|n| qualified.is_char_boundary(*n));
        qualified = cut.map(|n| qualified[n..].to_owned()).unwrap_or_default();
    }
    qualified
}

/// The text up to the body; without a body, the first line.
fn signature(text: &str, raw: &Raw) -> String {
    let end = match raw.body {
        Some(body) if body > raw.name_range.start => body,
        _ => {
            let rest = text.get(raw.name_range.end..raw.range.end).unwrap_or_default();
            raw.name_range.end + rest.find(['\n', '{']).unwrap_or(rest.len())
        }
    };
    let head = text.get(raw.range.start..end).unwrap_or_default();
    fold(head, SIGNATURE)
        .trim_end_matches([' ', ':', '{', ';'])
        .trim_end_matches("=>")
        .trim()
        .to_owned()
}

/// The first line of the comment that ends right above `line`; attributes in
/// between do not part them.
fn doc_above(settings: &Settings, margin: &Margin, line: u32) -> Option<String> {
    let (mut at, mut doc) = (line, None);
    while let Some((first, comment)) = at.checked_sub(1).and_then(|n| margin.rows.get(&n)) {
        if let Some(comment) = comment {
            doc = first_line(settings, comment).or(doc);
        }
        at = *first;
    }
    doc
}

/// The first line with words, without comment marks.
pub(super) fn first_line(settings: &Settings, comment: &str) -> Option<String> {
    comment.lines().find_map(|line| {
        let mut line = line.trim();
        for [open, close] in &settings.comments.block {
            line = line.strip_prefix(open.as_str()).unwrap_or(line);
            line = line.strip_suffix(close.as_str()).unwrap_or(line);
        }
        for token in &settings.comments.line {
            line = line.strip_prefix(token.as_str()).unwrap_or(line);
        }
        let line = line.trim_start_matches(['*', '/', '!', '#', '"', '\'']).trim();
        let mut line = line.trim_end_matches(['"', '\'']).trim();
        // C#'s documentation is XML: `<summary>Sums prices.</summary>`.
        while let Some((_, rest)) = line.strip_prefix('<').and_then(|l| l.split_once('>')) {
            line = rest.trim();
        }
        let line = line.split("</").next().unwrap_or(line).trim();
        line.chars().any(char::is_alphanumeric).then(|| fold(line, DOC))
    })
}
