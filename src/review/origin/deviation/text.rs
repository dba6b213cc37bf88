//! Keys that were renamed on one side only: a quoted word of a changed line became
//! another, and code elsewhere still reads the old one.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::change::{ChangedFile, Content, DiffLine};
use crate::finding::{Evidence, Hypothesis, Side, Source as Place};
use crate::index::Scope;

use super::super::DraftError;
use super::super::source::fold;
use super::{Told, Work, hypothesis_at};

/// Renamings that are looked up; a change of more renames on purpose, everywhere.
const RENAMES: usize = 6;
/// Places at which a key of one meaning is used at most; others are common words.
const PLACES: usize = 6;

/// A quoted word that became another.
struct Rename<'a> {
    file: &'a ChangedFile,
    line: u32,
    text: &'a str,
    old_line: u32,
    old_text: &'a str,
    from: String,
    to: String,
}

pub(super) fn find(work: &Work<'_>) -> Result<Vec<Hypothesis>, DraftError> {
    let scene = work.scene;
    let (head, languages) = (scene.head, scene.head.languages());
    let Ok(quoted) = Regex::new(r#"["'`]([A-Za-z][\w.:/-]{3,60})["'`]"#) else {
        return Ok(Vec::new());
    };
    let mut renames = Vec::new();
    for file in &scene.change.files {
        if file.content == Content::Text && !languages.is_test_path(&file.path) {
            renames.extend(of_file(file, &quoted));
        }
    }
    // One that still stands in a changed file was split, not renamed.
    let still = |word: &str| {
        scene.change.files.iter().any(|f| {
            let lines = f.hunks.iter().flat_map(|h| &h.lines).filter(|l| l.new.is_some());
            lines.into_iter().any(|l| l.text.contains(word))
        })
    };
    renames.retain(|r| !still(&r.from));
    let mut words: Vec<&str> = renames.iter().map(|r| r.from.as_str()).collect();
    words.sort_unstable();
    words.dedup();
    if words.is_empty() || words.len() > RENAMES {
        return Ok(Vec::new());
    }
    let pattern = |word: &str| format!("[\"'`]{}[\"'`]", regex::escape(word));
    let all: Vec<String> = words.iter().map(|w| pattern(w)).collect();
    let hits = head.search_text(&all.join("|"), &Scope::default(), 200)?;
    let mut found = Vec::new();
    let mut told_of: BTreeSet<&str> = BTreeSet::new();
    for rename in &renames {
        let quotes = ['"', '\'', '`'].map(|q| format!("{q}{}{q}", rename.from));
        let places: Vec<_> =
            hits.iter().filter(|h| quotes.iter().any(|q| h.text.contains(q))).collect();
        let code = |path: &str| head.language(path).is_some() && !languages.is_test_path(path);
        let readers: Vec<_> = places.iter().filter(|h| code(&h.path)).collect();
        let changed = |path: &str| scene.change.files.iter().any(|f| f.path == path);
        if readers.is_empty()
            || places.len() > PLACES
            || readers.iter().any(|h| changed(&h.path))
            || !told_of.insert(&rename.from)
        {
            continue;
        }
        // A file that knows both words serves both.
        let mut both = false;
        for hit in &readers {
            let text = head.snapshot().text(&hit.path)?;
            both |= text.is_some_and(|t| t.text.contains(&rename.to));
        }
        if both {
            continue;
        }
        let reader = readers[0];
        found.push(told(work, rename, (&reader.path, reader.line, reader.text.trim())));
    }
    Ok(found)
}

/// Pairs of a removed and an added line that differ in one quoted word only.
fn of_file<'a>(file: &'a ChangedFile, quoted: &Regex) -> Vec<Rename<'a>> {
    let mut renames = Vec::new();
    let blank = |l: &DiffLine| fold(&quoted.replace_all(&l.text, "\"\""));
    for hunk in &file.hunks {
        let holds = |l: &&DiffLine| quoted.is_match(&l.text);
        let mut added: BTreeMap<String, Vec<&DiffLine>> = BTreeMap::new();
        for new in hunk.lines.iter().filter(|l| l.old.is_none()).filter(holds) {
            added.entry(blank(new)).or_default().push(new);
        }
        for old in hunk.lines.iter().filter(|l| l.new.is_none()).filter(holds) {
            // Lines of one form are a list, in which nobody can tell what became what.
            let Some([new]) = added.get(&blank(old)).map(Vec::as_slice) else { continue };
            let (Some(old_line), Some(line)) = (old.old, new.new) else { continue };
            let (before, after) = (words(quoted, &old.text), words(quoted, &new.text));
            let mut differ = before.iter().zip(&after).filter(|(a, b)| a != b);
            if let (Some((from, to)), None) = (differ.next(), differ.next()) {
                renames.push(Rename {
                    file,
                    line,
                    text: &new.text,
                    old_line,
                    old_text: &old.text,
                    from: (*from).to_owned(),
                    to: (*to).to_owned(),
                });
            }
        }
    }
    renames
}

fn words<'t>(quoted: &Regex, text: &'t str) -> Vec<&'t str> {
    quoted.captures_iter(text).filter_map(|c| c.get(1)).map(|m| m.as_str()).collect()
}

fn told(work: &Work<'_>, rename: &Rename<'_>, reader: (&str, u32, &str)) -> Hypothesis {
    let (path, line, text) = reader;
    let Rename { from, to, .. } = rename;
    let told = Told {
        rule: "renamed_key",
        kind: "missing_key",
        title: format!("`{from}` became `{to}` on one side only"),
        mechanism: format!(
            "The change writes `{to}` where `{from}` stood. {path}:{line} still says `{from}`: `{}`. What one side writes the other no longer finds.",
            fold(text)
        ),
        assumption: format!("nothing else uses `{from}`"),
        question: format!("Does {path}:{line} mean the key that was renamed?"),
        prior: work.table.prior.text,
        severity: 0.6,
        fix: format!("Write `{to}` at {path}:{line} too, or keep `{from}`."),
        checked: vec![format!("{path}:{line} still reads `{from}`")],
        unchecked: vec![format!("whether both sides mean the same `{from}`")],
    };
    let more = vec![
        Evidence {
            source: Place::Diff {
                path: rename.file.base_path().to_owned(),
                start: rename.old_line,
                end: rename.old_line,
                side: Side::Old,
            },
            quote: rename.old_text.trim().to_owned(),
            note: Some("the key before the change".to_owned()),
        },
        Evidence {
            source: Place::File { path: path.to_owned(), start: line, end: line },
            quote: text.to_owned(),
            note: Some("still uses it".to_owned()),
        },
    ];
    let place = (rename.line, rename.line);
    hypothesis_at(&rename.file.path, place, rename.text.trim().to_owned(), None, told, more)
}
