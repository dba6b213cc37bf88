//! Uses of a value that can fail: a member or an element of it, a call of it, a
//! division by it. `grammars/access.toml` says how each language writes them.

use std::collections::BTreeMap;
use std::ops::Range;

use regex::Regex;
use serde::Deserialize;
use tree_sitter::Node;

use crate::asset::Assets;

use super::DraftError;
use super::source::{Source, fold};

const FILE: &str = "grammars/access.toml";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    Member,
    Subscript,
    Call,
    Division,
    /// It is taken for another type.
    Cast,
    /// A loop goes through it.
    Iteration,
    /// It is taken for present: `x!!`.
    Force,
}

/// One use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Access {
    pub used: Use,
    /// What is used, white space folded.
    pub subject: String,
    /// Member's name, or the key as written.
    pub key: String,
    /// Whether it cannot fail (`?.`).
    pub safe: bool,
    /// Whether it is written to.
    pub store: bool,
    pub line: u32,
    pub range: Range<usize>,
}

impl Access {
    pub fn is_number(&self) -> bool {
        let key = self.key.trim().trim_start_matches('-');
        !key.is_empty() && key.chars().all(|c| c.is_ascii_digit())
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    node: String,
    object: String,
    #[serde(default)]
    name: String,
    /// Kind of a child, or of the first token of one, that must be there.
    #[serde(default)]
    has: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    member: Vec<Form>,
    subscript: Vec<Form>,
    call: Vec<Form>,
    division: Vec<Form>,
    #[serde(default)]
    cast: Vec<Form>,
    #[serde(default)]
    iteration: Vec<Form>,
    #[serde(default)]
    force: Vec<Form>,
    operators: Vec<String>,
    safe: Vec<String>,
    nulls: Vec<String>,
    nullable: String,
    maybe: String,
    truth_is_null: bool,
    zero_fails: bool,
    missing_key_fails: bool,
    #[serde(default)]
    catches_all: bool,
    functions: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Table {
    replaced: Replaced,
    #[serde(flatten)]
    languages: BTreeMap<String, Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Replaced {
    pattern: String,
}

/// How one language uses values.
#[derive(Debug)]
pub(super) struct Style {
    forms: Vec<(Use, Form)>,
    operators: Vec<String>,
    safe: Vec<String>,
    pub nulls: Vec<String>,
    /// Types that allow nothing.
    pub nullable: Regex,
    /// Expressions that often yield nothing.
    pub maybe: Regex,
    /// Whether a truth test of an object asks for nothing else.
    pub truth_is_null: bool,
    pub zero_fails: bool,
    pub missing_key_fails: bool,
    /// Whether a handler takes every error, whatever it calls it.
    pub catches_all: bool,
    functions: Vec<String>,
}

impl Style {
    /// Whether a `return` within a node of that kind leaves it.
    pub fn is_function(&self, kind: &str) -> bool {
        self.functions.iter().any(|f| f == kind)
    }

    /// The innermost function around a place: what a `return` there leaves.
    pub fn function(&self, source: &Source<'_>, place: &Range<usize>) -> Range<usize> {
        let mut node = source.node(place);
        while let Some(here) = node {
            if self.functions.iter().any(|f| f == here.kind()) {
                return here.byte_range();
            }
            node = here.parent();
        }
        0..source.text.len()
    }
}

/// The styles of all languages.
#[derive(Debug)]
pub(super) struct Styles {
    by_language: BTreeMap<String, Style>,
    /// Words by which an added line may be a new check.
    pub replaced: Regex,
}

impl Styles {
    pub fn load(assets: &Assets) -> Result<Self, DraftError> {
        let text = assets.read(FILE)?.text;
        let table: Table = toml::from_str(&text)
            .map_err(|source| DraftError::Toml { file: FILE, source: Box::new(source) })?;
        let regex = |text: &str| {
            Regex::new(text)
                .map_err(|source| DraftError::Pattern { file: FILE, source: Box::new(source) })
        };
        let mut by_language = BTreeMap::new();
        for (name, row) in table.languages {
            let kinds = [
                (Use::Member, row.member),
                (Use::Subscript, row.subscript),
                (Use::Call, row.call),
                (Use::Division, row.division),
                (Use::Cast, row.cast),
                (Use::Iteration, row.iteration),
                (Use::Force, row.force),
            ];
            let forms =
                kinds.into_iter().flat_map(|(k, list)| list.into_iter().map(move |f| (k, f)));
            let style = Style {
                forms: forms.collect(),
                operators: row.operators,
                safe: row.safe,
                nulls: row.nulls,
                nullable: regex(&row.nullable)?,
                maybe: regex(&row.maybe)?,
                truth_is_null: row.truth_is_null,
                zero_fails: row.zero_fails,
                missing_key_fails: row.missing_key_fails,
                catches_all: row.catches_all,
                functions: row.functions,
            };
            by_language.insert(name, style);
        }
        Ok(Self { by_language, replaced: regex(&table.replaced.pattern)? })
    }

    /// By language, else by its family (`ecma` is written as JavaScript).
    pub fn of(&self, source: &Source<'_>) -> Option<&Style> {
        let family = if source.language.family() == "ecma" {
            "javascript"
        } else {
            source.language.family()
        };
        self.by_language.get(&source.language.name).or_else(|| self.by_language.get(family))
    }
}

/// All uses within a range of bytes, in the order of the text.
pub(super) fn accesses(source: &Source<'_>, style: &Style, range: &Range<usize>) -> Vec<Access> {
    let mut found = Vec::new();
    let mut cursor = source.tree.root_node().walk();
    // Without recursion: trees of hostile files are deep.
    'walk: loop {
        let node = cursor.node();
        let inside = node.start_byte() < range.end && range.start < node.end_byte();
        if inside && range.start <= node.start_byte() {
            found.extend(access(source, style, node));
        }
        if inside && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                break 'walk;
            }
        }
    }
    found.sort_by_key(|a: &Access| (a.range.start, a.range.end));
    found
}

fn access(source: &Source<'_>, style: &Style, node: Node<'_>) -> Option<Access> {
    let fits =
        |form: &Form| form.node == node.kind() && (form.has.is_empty() || has(node, &form.has));
    let (used, form) = style.forms.iter().find(|(_, f)| fits(f))?;
    let part = |field: &str, nth: usize| match field {
        "" => node.named_child(nth as u32),
        field => node.child_by_field_name(field),
    };
    let object = part(&form.object, 0)?;
    if *used == Use::Division {
        let operator = node.child_by_field_name("operator").or_else(|| node.child(1))?;
        let operator = source.slice(&operator.byte_range());
        if !style.operators.iter().any(|o| o == operator) {
            return None;
        }
    }
    let name = match used {
        Use::Member | Use::Subscript | Use::Cast => part(&form.name, 1),
        _ => None,
    };
    let mut walk = node.walk();
    let safe = node
        .children(&mut walk)
        .any(|c| style.safe.iter().any(|s| s == c.kind() || s == source.slice(&c.byte_range())));
    let store = node.parent().is_some_and(|p| {
        p.kind().starts_with("assignment")
            && p.child_by_field_name("left").is_some_and(|l| l.id() == node.id())
    });
    let shown = name.unwrap_or(object);
    Some(Access {
        used: *used,
        subject: subject(source.slice(&object.byte_range())),
        key: name.map(|n| fold(source.slice(&n.byte_range()))).unwrap_or_default(),
        safe,
        store,
        line: shown.start_position().row as u32 + 1,
        range: node.byte_range(),
    })
}

/// Whether a child, or the first token of one, is of a kind.
fn has(node: Node<'_>, kind: &str) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor).any(|child| {
        let mut first = Some(child);
        while let Some(here) = first {
            if here.kind() == kind {
                return true;
            }
            first = here.child(0);
        }
        false
    })
}

/// A subject without the marks that do not change what it is: `x!`, `(x)`.
pub(super) fn subject(text: &str) -> String {
    let mut text = text.trim();
    loop {
        let inner = text.strip_suffix('!').unwrap_or(text);
        let inner = inner.strip_prefix('(').and_then(|t| t.strip_suffix(')')).unwrap_or(inner);
        if inner.len() == text.len() {
            return fold(text).replace("?.", ".").replace("&.", ".").replace("!.", ".");
        }
        text = inner.trim();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Languages;

    fn uses(path: &str, text: &str) -> Vec<String> {
        let languages = Languages::load(&Assets::builtin()).unwrap();
        let styles = Styles::load(&Assets::builtin()).unwrap();
        let source = Source::parse(&languages, path, text.into()).unwrap();
        let style = styles.of(&source).unwrap();
        accesses(&source, style, &(0..text.len()))
            .into_iter()
            .map(|a| {
                let safe = if a.safe { "?" } else { "" };
                format!("{:?} {}{safe} {}", a.used, a.subject, a.key).trim_end().to_owned()
            })
            .collect()
    }

    #[test]
    fn every_language_shows_its_uses() {
        assert_eq!(
            uses("a.py", "x = a.b[k] / n\n"),
            ["Member a b", "Subscript a.b k", "Division n"]
        );
        assert_eq!(
            uses("a.ts", "f(a?.b, c!.d[0]);\n"),
            ["Call f", "Member a? b", "Member c d", "Subscript c.d 0"]
        );
        assert_eq!(
            uses("a.go", "package a\nfunc f() { _ = a.b[k] % n }\n"),
            ["Member a b", "Subscript a.b k", "Division n"]
        );
        assert_eq!(
            uses("A.java", "class A { int f() { return a.b().c / n; } }\n"),
            ["Member a b", "Member a.b() c", "Division n"]
        );
        assert_eq!(
            uses("a.rb", "a.b; c&.d; e[:k]; f / n\n"),
            ["Member a b", "Member c? d", "Subscript e :k", "Division n"]
        );
        assert_eq!(
            uses("a.rs", "fn f() { a.b[k] / n; }\n"),
            ["Member a b", "Subscript a.b k", "Division n"]
        );
        assert_eq!(
            uses("a.c", "int f(void) { return g(a->b[k]) / n + c.d; }\n"),
            ["Call g", "Division n", "Member a b", "Subscript a->b k", "Member c? d"]
        );
        assert_eq!(
            uses("a.cc", "int f() { return a->b[k] / n; }\n"),
            ["Member a b", "Subscript a->b [k]", "Division n"]
        );
        assert_eq!(
            uses("A.cs", "class A { int F() => a.B[k] / n; int G() => c?.D; }\n"),
            ["Member a B", "Subscript a.B [k]", "Division n", "Member c? .D"]
        );
        assert_eq!(
            uses("a.php", "<?php f($a->b[$k] / $n, $c?->d());\n"),
            ["Member $a b", "Subscript $a->b $k", "Division $n", "Member $c? d"]
        );
        assert_eq!(
            uses("a.kt", "fun f() = a.b[k] / n\n"),
            ["Member a b", "Subscript a.b k", "Division n"]
        );
        assert_eq!(uses("a.scala", "def f() = a.b / n\n"), ["Member a b", "Division n"]);
        assert_eq!(
            uses("a.swift", "func f() -> Int { a.b / n }\nfunc g() { c?.d }\n"),
            ["Member a .b", "Division n", "Member c? .d"]
        );
    }

    #[test]
    fn casts_loops_and_forced_values_are_uses() {
        for (path, text, expected) in [
            ("a.py", "for x in y.z:\n    pass\n", "Iteration y.z"),
            ("a.py", "[a for a in y]\n", "Iteration y"),
            ("a.ts", "for (const x of y.z) {}\n", "Iteration y.z"),
            ("a.go", "package a\nfunc f() { g(x.(T)) }\n", "Cast x T"),
            ("A.java", "class A { void f() { g((T) x); } }\n", "Cast x T"),
            ("A.java", "class A { void f() { for (T x : y.z()) {} } }\n", "Iteration y.z()"),
            ("A.cs", "class A { void F() { G((T)x); } }\n", "Cast x T"),
            ("a.php", "<?php foreach ($y as $x) {}\n", "Iteration $y"),
            ("a.kt", "fun f() = x as T\n", "Cast x T"),
            ("a.kt", "fun f() = x!!\n", "Force x"),
            ("a.swift", "func f() { g(x as! T) }\n", "Cast x T"),
            ("a.swift", "func f() { g(x!) }\n", "Force x"),
            ("a.swift", "func f() { g(xs[0]) }\n", "Subscript xs [0]"),
        ] {
            let found = uses(path, text);
            assert!(found.contains(&expected.to_owned()), "{path}: {found:?}");
        }
        for (path, text) in [
            ("a.js", "for (const offset in y) {}\n"),
            ("a.kt", "fun f() = x as? T\n"),
            ("a.swift", "func f() { g(x as? T) }\n"),
        ] {
            let found = uses(path, text);
            let fails =
                |u: &&String| !u.contains('?') && (u.starts_with("Cast") || u.starts_with("Iter"));
            assert!(!found.iter().any(|u| fails(&u)), "{path}: {found:?}");
        }
    }

    #[test]
    fn a_return_leaves_the_innermost_function() {
        let languages = Languages::load(&Assets::builtin()).unwrap();
        let styles = Styles::load(&Assets::builtin()).unwrap();
        for (path, text, expected) in [
            ("a.py", "def f():\n    return lambda y: here\n", "lambda y: here"),
            ("a.py", "def f():\n    if x:\n        return here\n", "def f()"),
            ("a.ts", "function f() { g((y) => { here; }); }\n", "(y) => { here; }"),
            ("a.js", "class A { m() { here; } }\n", "m() { here; }"),
            ("a.js", "f(function () { here; });\n", "function () { here; }"),
            ("a.go", "package a\nfunc f() { g(func() { here() }) }\n", "func() { here() }"),
            ("A.java", "class A { void f() { g(y -> here); } }\n", "y -> here"),
            ("a.rb", "def f\n  each { |y| here }\nend\n", "{ |y| here }"),
            ("a.rb", "def f\n  each do |y| here end\nend\n", "do |y| here end"),
            ("a.rs", "fn f() { g(|y| here); }\n", "|y| here"),
            ("a.c", "int f(void) { here(); }\n", "int f(void)"),
            ("a.cc", "void f() { g([](int y) { here(); }); }\n", "[](int y)"),
            ("A.cs", "class A { void F() { G(y => here); } }\n", "y => here"),
            ("a.php", "<?php function f() { g(fn($y) => here()); }\n", "fn($y)"),
            ("a.kt", "fun f() { g { y -> here() } }\n", "{ y -> here() }"),
            ("a.scala", "def f() = g(y => here)\n", "y => here"),
            ("a.swift", "func f() { g { y in here() } }\n", "{ y in here() }"),
            ("a.py", "here\n", "here"),
        ] {
            let source = Source::parse(&languages, path, text.into()).unwrap();
            let at = text.rfind("here").unwrap();
            let range = styles.of(&source).unwrap().function(&source, &(at..at + 4));
            assert!(source.slice(&range).starts_with(expected), "{path}: {}", source.slice(&range));
        }
    }
}
