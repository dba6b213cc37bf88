//! Reads the facts of one file, ready to be stored.

use std::collections::BTreeMap;

use crate::change::{Entry, Snapshot, Text};
use crate::lang::{Definition, Import, Language, Languages, MAX_NESTING, WordRules, is_too_nested};

use super::chunk;
use super::lexicon::{Count, Lexicon};

/// A use is a call.
pub(super) const CALL: u8 = 1;
/// A use's receiver begins with a local name.
pub(super) const LOCAL: u8 = 2;

/// A use of a name: line, flags, receiver, number of the symbol around it.
pub(super) type Row = (u32, u8, Option<String>, Option<usize>);

/// What one file gave.
pub(super) struct Parsed {
    pub blob: String,
    /// Empty if the content is of no known language.
    pub language: String,
    pub version: String,
    pub outcome: Outcome,
}

pub(super) enum Outcome {
    Facts(Box<FileFacts>),
    /// Kept with the reason, so that it is not tried again.
    Skipped(String),
    /// Not kept: another run may fare better.
    Failed(String),
}

#[derive(Default)]
pub(super) struct FileFacts {
    pub definitions: Vec<Definition>,
    pub uses: BTreeMap<String, Vec<Row>>,
    pub imports: Vec<Import>,
    pub chunks: Vec<chunk::Row>,
    /// The chunks' words, packed; see `lexicon`.
    pub words: Vec<u8>,
}

/// Reads and parses one file. `language` is `None` where only the first line
/// can tell.
pub(super) fn parse(
    languages: &Languages,
    snapshot: &Snapshot,
    entry: &Entry,
    language: Option<&Language>,
) -> Parsed {
    let mut parsed = Parsed {
        blob: entry.id.clone(),
        language: language.map(|l| l.name.clone()).unwrap_or_default(),
        version: language.map(|l| l.version.clone()).unwrap_or_default(),
        outcome: Outcome::Facts(Box::default()),
    };
    let bytes = match snapshot.bytes(entry) {
        Ok(bytes) => bytes,
        Err(error) => {
            parsed.outcome = Outcome::Failed(format!("it could not be read: {error}"));
            return parsed;
        }
    };
    let Some(text) = Text::decode(&bytes) else {
        parsed.outcome = Outcome::Skipped("binary".to_owned());
        return parsed;
    };
    let text = &*text.text;
    let found =
        language.or_else(|| languages.of(&entry.path, text.lines().next().unwrap_or_default()));
    // No known language: an empty row says so.
    let Some(language) = found else { return parsed };
    parsed.language.clone_from(&language.name);
    parsed.version.clone_from(&language.version);
    if let Some(reason) = languages.skip_rules().reason(text) {
        parsed.outcome = Outcome::Skipped(reason);
        return parsed;
    }
    parsed.outcome = match language.parse(text) {
        Some(tree) => {
            let facts = facts(language, languages.words(), &tree, text);
            match is_too_nested(&facts.definitions) {
                true => Outcome::Skipped(format!(
                    "its definitions are nested more than {MAX_NESTING} deep"
                )),
                false => Outcome::Facts(Box::new(facts)),
            }
        }
        None => Outcome::Skipped("parsing took longer than a second".to_owned()),
    };
    parsed
}

fn facts(
    language: &Language,
    rules: &WordRules,
    tree: &tree_sitter::Tree,
    text: &str,
) -> FileFacts {
    let mut facts = language.facts(tree, text);
    let mut uses: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    let references = std::mem::take(&mut facts.references);
    for found in references {
        let within = facts.enclosing(found.range.start);
        // One name often stands twice on a line; the call says more.
        let rows = uses.entry(found.name).or_default();
        let flags =
            if found.call { CALL } else { 0 } | if found.local_receiver { LOCAL } else { 0 };
        let row = (found.line, flags, found.receiver, within);
        match rows.last_mut() {
            Some(last) if last.0 == row.0 && last.2 == row.2 => last.1 |= row.1,
            _ => rows.push(row),
        }
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut chunks = Vec::new();
    let mut words = Lexicon::default();
    for piece in language.chunks(tree, text) {
        let symbol = facts.enclosing(piece.byte).map(|n| &facts.definitions[n]);
        words.begin(piece.start, piece.end);
        for line in chunk::lines(&lines, piece.start, piece.end) {
            rules.words(line, &mut |word| words.text(word));
        }
        if let Some(symbol) = symbol {
            name(&mut words, rules, symbol);
        }
        let symbol = symbol.map(|s| s.qualified.clone());
        let text = chunk::text(&lines, piece.start, piece.end, symbol.as_deref());
        let hash = chunk::hash(&text);
        chunks.push(chunk::Row { start: piece.start, end: piece.end, symbol, hash });
    }
    let words = words.pack();
    FileFacts { definitions: facts.definitions, uses, imports: facts.imports, chunks, words }
}

/// The words of what a chunk is called and of what is said about it.
fn name(words: &mut Lexicon, rules: &WordRules, symbol: &Definition) {
    let containers = symbol.qualified.strip_suffix(&symbol.name).unwrap_or_default();
    rules.words(containers, &mut |word| words.add(word, Count::CONTAINER));
    rules.words(&symbol.name, &mut |word| words.add(word, Count::NAME));
    if let Some(doc) = &symbol.doc {
        rules.words(doc, &mut |word| words.add(word, Count::DOC));
    }
}
