//! Reads passages out of source code: public definitions with their documentation,
//! and what a file says of itself at its top.

use super::ecosystem::Interface;
use super::passage::{Passage, WIDTH, title};
use super::prose;
use crate::lang::{Definition, Language, SymbolKind};
use crate::plain::{self, fold};

/// Most lines of one definition's documentation, from its first.
const MAX_DOC: usize = 120;
/// Most lines of a comment above a definition in which that first line is looked for.
const MAX_COMMENT: usize = 2000;
/// Most passages of one definition.
const MAX_PASSAGES: usize = 8;
/// Most definitions of one file.
const MAX_DEFINITIONS: usize = 2000;
/// Characters by which the place of a documentation is found again.
const PROBE: usize = 30;
/// Words of a file's top that is about its licence.
const LEGAL: [&str; 4] = ["copyright", "license", "licence", "spdx"];

/// Passages of one file; none if it cannot be parsed in time.
pub(super) fn source(
    language: &Language,
    interface: &Interface,
    path: &str,
    text: &str,
) -> Vec<Passage> {
    let lines: Vec<&str> = text.lines().collect();
    let Some(tree) = language.parse(text) else { return Vec::new() };
    let definitions = language.definitions(&tree, text);
    let mut passages = top(language, path, &lines, definitions.first());
    let mut inside_function = 0;
    for definition in definitions.iter().take(MAX_DEFINITIONS) {
        // What is defined inside of a function is its own affair.
        if definition.range.start < inside_function {
            continue;
        }
        if definition.kind.is_callable() {
            inside_function = definition.range.end;
        }
        if is_public(interface, definition) {
            passages.extend(passages_of(language, path, &lines, definition));
        }
    }
    passages
}

fn is_public(interface: &Interface, definition: &Definition) -> bool {
    let documented = definition.doc.is_some();
    // Of constants there are many, and the bare name says nothing.
    if definition.kind == SymbolKind::Constant && !documented {
        return false;
    }
    let mut parts = definition.qualified.split(['.', ':', '#']).filter(|p| !p.is_empty());
    parts.all(|part| interface.has(part, &definition.signature, documented))
}

fn passages_of(
    language: &Language,
    path: &str,
    lines: &[&str],
    definition: &Definition,
) -> Vec<Passage> {
    let signature = plain::line(&definition.signature, 2 * WIDTH);
    let doc = documentation(language, lines, definition);
    let doc: Vec<(u32, &str)> = doc.iter().map(|(n, l)| (*n, l.as_str())).collect();
    let place = format!("{path}:{}", definition.line);
    let mut passages = prose::sections(path, &doc, &[&definition.qualified], true);
    passages.truncate(MAX_PASSAGES);
    let Some(first) = passages.first_mut() else {
        let title = title(std::iter::once(definition.qualified.as_str()));
        return vec![Passage { title, body: signature, place, symbol: true }];
    };
    first.place = place;
    // Any part may be all that a search shows, and says little without the signature.
    for passage in &mut passages {
        passage.body = format!("{signature}\n{}", passage.body);
    }
    passages
}

/// The whole documentation of a definition with line numbers, without comment
/// marks. The parser tells only its first line, by which the rest is found: in the
/// comment above, or as a string at the start of the body.
fn documentation(
    language: &Language,
    lines: &[&str],
    definition: &Definition,
) -> Vec<(u32, String)> {
    let Some(first) = &definition.doc else { return Vec::new() };
    let probe: String = fold(first).chars().take(PROBE).collect();
    let above = comment_above(language, lines, definition.start);
    if let Some(at) = above.iter().position(|(_, line)| fold(line).contains(&probe)) {
        return above.into_iter().skip(at).take(MAX_DOC).collect();
    }
    let inside = docstring(lines, definition.line, &probe);
    if inside.is_empty() { vec![(definition.line, first.clone())] } else { inside }
}

/// The comment that ends right above a line; attributes in between are passed over.
fn comment_above(language: &Language, lines: &[&str], line: u32) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    let mut number = line;
    while let Some(text) = number.checked_sub(2).and_then(|n| lines.get(n as usize)) {
        number -= 1;
        let trimmed = text.trim();
        if is_comment(language, trimmed) {
            found.push((number, uncommented(trimmed).to_owned()));
        } else if !trimmed.starts_with("#[") && !trimmed.starts_with('@') {
            break;
        }
        if found.len() == MAX_COMMENT {
            break;
        }
    }
    found.reverse();
    found
}

/// Whether a line is a comment, or inside of one whose lines begin with a star.
fn is_comment(language: &Language, trimmed: &str) -> bool {
    language.is_comment(trimmed) || trimmed.starts_with('*') || trimmed.ends_with("*/")
}

/// A comment's line without its marks; what is indented stays so.
fn uncommented(line: &str) -> &str {
    let line = line.strip_suffix("*/").unwrap_or(line);
    for mark in ["/**", "/*!", "/*", "///", "//!", "//", "#!", "#", "*"] {
        if let Some(rest) = line.strip_prefix(mark) {
            return rest.strip_prefix(' ').unwrap_or(rest);
        }
    }
    line
}

/// A string that begins a body, from the line that has the probe up to the quotes
/// that it began with.
fn docstring(lines: &[&str], line: u32, probe: &str) -> Vec<(u32, String)> {
    /// Lines of a signature, and of blank ones, before it.
    const WITHIN: usize = 40;
    let start = line as usize;
    let mut near = lines.iter().enumerate().skip(start.saturating_sub(1)).take(WITHIN);
    let Some((at, text)) = near.find(|(_, l)| fold(l).contains(probe)) else {
        return Vec::new();
    };
    let is_quote = |c: char| c == '"' || c == '\'';
    let trimmed = text.trim();
    // The quotes stand before the text, or at the end of the line above.
    let opening = |text: &str| {
        let start = text.find(is_quote)?;
        let quotes: String = text[start..].chars().take_while(|c| is_quote(*c)).collect();
        Some((start + quotes.len(), quotes))
    };
    let prefix = trimmed.chars().take_while(|c| is_quote(*c) || "rRuUbBfF".contains(*c)).count();
    let (skip, quotes) = match opening(trimmed).filter(|(end, _)| *end <= prefix.max(1)) {
        Some(found) => found,
        None => match at.checked_sub(1).and_then(|n| opening(lines[n].trim())) {
            Some((_, quotes)) => (0, quotes),
            None => return vec![(at as u32 + 1, trimmed.to_owned())],
        },
    };
    let mut found = Vec::new();
    for (n, text) in lines.iter().enumerate().skip(at).take(MAX_DOC) {
        let text = text.trim_end();
        let text = if n == at { text.trim_start().get(skip..).unwrap_or_default() } else { text };
        match text.split_once(quotes.as_str()) {
            Some((before, _)) => {
                found.push((n as u32 + 1, before.to_owned()));
                break;
            }
            None => found.push((n as u32 + 1, text.to_owned())),
        }
    }
    dedent(&mut found);
    found
}

/// Takes away the indent that all lines but the first share.
fn dedent(lines: &mut [(u32, String)]) {
    let indent = |text: &str| text.len() - text.trim_start().len();
    let rest = lines.iter().skip(1).filter(|(_, text)| !text.trim().is_empty());
    let Some(common) = rest.map(|(_, text)| indent(text)).min() else { return };
    for (_, text) in lines.iter_mut().skip(1) {
        *text = text.get(common..).unwrap_or_default().to_owned();
    }
}

/// What a file says of itself at its top: a comment that is not that of the first
/// definition, or a string.
fn top(
    language: &Language,
    path: &str,
    lines: &[&str],
    definition: Option<&Definition>,
) -> Vec<Passage> {
    let blank = lines.iter().take_while(|l| l.trim().is_empty()).count();
    let first = lines.get(blank).map_or("", |l| l.trim());
    let found: Vec<(u32, String)> = if ["\"\"\"", "'''", "r\"\"\""]
        .iter()
        .any(|q| first.starts_with(q))
    {
        let words = first.trim_start_matches(['r', '"', '\'']);
        let probe =
            if words.is_empty() { lines.get(blank + 1).map_or("", |l| l.trim()) } else { words };
        let probe: String = fold(probe).chars().take(PROBE).collect();
        if probe.is_empty() { Vec::new() } else { docstring(lines, blank as u32 + 1, &probe) }
    } else {
        (1u32..)
            .zip(lines.iter())
            .skip(blank)
            .take_while(|(_, l)| is_comment(language, l.trim()))
            .take(MAX_DOC)
            .map(|(n, l)| (n, uncommented(l.trim()).to_owned()))
            .collect()
    };
    let of_definition = definition
        .and_then(|d| comment_above(language, lines, d.start).first().map(|(n, _)| *n))
        .is_some_and(|n| found.iter().any(|(line, _)| *line == n));
    if of_definition {
        return Vec::new();
    }
    let text: String = found.iter().map(|(_, l)| l.to_lowercase()).collect();
    if LEGAL.iter().any(|word| text.contains(word)) {
        return Vec::new();
    }
    let found: Vec<(u32, &str)> = found.iter().map(|(n, l)| (*n, l.as_str())).collect();
    let mut passages = prose::sections(path, &found, &[path], false);
    passages.truncate(MAX_PASSAGES);
    passages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asset::Assets;
    use crate::docs::ecosystem::Ecosystems;
    use crate::lang::Languages;

    fn read(ecosystem: &str, path: &str, text: &str) -> Vec<String> {
        let assets = Assets::builtin();
        let ecosystems = Ecosystems::load(&assets).unwrap();
        let languages = Languages::load(&assets).unwrap();
        let language = languages.of(path, "").unwrap();
        let interface = &ecosystems.all[ecosystems.find(ecosystem).unwrap()].interface;
        source(language, interface, path, text)
            .iter()
            .map(|p| format!("{} | {} | {}", p.place, p.title, p.body.replace('\n', " / ")))
            .collect()
    }

    #[test]
    fn rust_definitions_with_their_sections() {
        let text = "//! A queue.\n\nuse x;\n\n/// Takes one.\n///\n/// # Errors\n/// If it is closed.\n\
                    #[inline]\npub async fn take(&mut self) -> T {\n    fn inner() {}\n}\n\nfn private() {}\n\n\
                    pub struct Queue;\n\nimpl Queue {\n    /** Waits. */\n    pub fn wait(&self) {}\n}\n";
        assert_eq!(
            read("rust", "src/lib.rs", text),
            [
                "src/lib.rs:1 | src/lib.rs | A queue.",
                "src/lib.rs:10 | take | pub async fn take(&mut self) -> T / Takes one.",
                "src/lib.rs:8 | take > Errors | pub async fn take(&mut self) -> T / If it is closed.",
                "src/lib.rs:16 | Queue | pub struct Queue",
                "src/lib.rs:20 | Queue::wait | pub fn wait(&self) / Waits.",
            ]
        );
    }

    #[test]
    fn python_docstrings_in_both_forms() {
        let text = "\"\"\"Sends requests.\"\"\"\n\nclass Session:\n    def get(self, url, timeout=None):\n        \
                    r\"\"\"Sends a GET.\n\n        :param timeout: seconds\n            to wait\n        \"\"\"\n        \
                    return 1\n\n    def put(self):\n        '''\n        Puts.\n        '''\n\n    def _hidden(self):\n        \
                    \"\"\"No.\"\"\"\n";
        assert_eq!(
            read("python", "requests/api.py", text),
            [
                "requests/api.py:1 | requests/api.py | Sends requests.",
                "requests/api.py:3 | Session | class Session",
                "requests/api.py:4 | Session.get | def get(self, url, timeout=None) / Sends a GET. /  / \
                 :param timeout: seconds /     to wait",
                "requests/api.py:12 | Session.put | def put(self) / Puts.",
            ]
        );
    }

    #[test]
    fn every_part_of_a_long_documentation_has_the_signature_over_it() {
        let doc: String = (0..200).map(|n| format!("/// Line {n} of it.\n")).collect();
        let found = read("rust", "src/lib.rs", &format!("{doc}pub fn long(x: u8) {{}}\n"));
        assert_eq!(found.len(), MAX_PASSAGES);
        for (n, part) in found.iter().enumerate() {
            // Eleven lines below the signature; the first part has the definition's place.
            let line = if n == 0 { 201 } else { 11 * n + 1 };
            let start = format!(
                "src/lib.rs:{line} | long | pub fn long(x: u8) / Line {} of it. / ",
                11 * n
            );
            assert!(part.starts_with(&start), "{part}");
            assert!(part.ends_with(&format!(" / Line {} of it.", 11 * n + 10)), "{part}");
        }
        let (first, rest) = ("Rejects zero.", "It says so.\n    ".repeat(30));
        let python = format!("def check(n):\n    \"\"\"{first}\n\n    {rest}\"\"\"\n");
        let found = read("python", "api.py", &python);
        assert!(found.len() > 1);
        assert!(found.iter().all(|part| part.contains(" | check | def check(n) / ")), "{found:?}");
    }

    #[test]
    fn licences_are_no_documentation() {
        let text = "/*\n * Copyright 2026 Ada\n */\npackage x\n\n// Get gets.\nfunc Get() {}\n\nfunc get() {}\n";
        assert_eq!(read("go", "x.go", text), ["x.go:7 | Get | func Get() / Get gets."]);
    }

    #[test]
    fn declarations_of_typescript() {
        let text = "/**\n * Parses text.\n * @param text what to parse\n */\nexport declare function parse(text: string): number;\n";
        assert_eq!(
            read("node", "index.d.ts", text),
            ["index.d.ts:5 | parse | function parse(text: string): number / Parses text. / \
              @param text what to parse"]
        );
    }
}
