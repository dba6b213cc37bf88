//! Brings the index up to date with a tree: parses what is not known yet, in
//! parallel, and stores it in transactions small enough to be interrupted.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc;

use rayon::prelude::*;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::change::{Entry, Skipped, Snapshot};
use crate::lang::{Language, Languages};
use crate::store::{Store, StoreError};

use super::parse::{FileFacts, Outcome, Parsed, parse as parse_file};
use super::{IndexError, IndexReport};

/// Files parsed and stored together; what an interruption may lose.
const BATCH: usize = 256;

/// A stored file as one language's current version read it.
pub(super) struct Known {
    pub id: i64,
    pub language: String,
    pub skipped: Option<String>,
}

/// Everything that current versions have read, by blob.
pub(super) type KnownFiles = HashMap<String, Vec<Known>>;

/// Loads what is known of all blobs, whichever tree they belong to.
pub(super) fn known(
    connection: &Connection,
    languages: &Languages,
) -> Result<KnownFiles, IndexError> {
    let mut known: KnownFiles = HashMap::new();
    let mut statement =
        connection.prepare("SELECT id, blob, language, version, skipped FROM index_files")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (language, version): (String, String) = (row.get(2)?, row.get(3)?);
        let current = match languages.get(&language) {
            Some(l) => l.version == version,
            // Of no language: a new language's shebang may fit it now.
            None => language.is_empty() && version == languages.digest(),
        };
        if current {
            let entry = Known { id: row.get(0)?, language, skipped: row.get(4)? };
            known.entry(row.get(1)?).or_default().push(entry);
        }
    }
    Ok(known)
}

/// Finds the stored facts of a file of a tree.
pub(super) fn look_up<'k>(
    known: &'k KnownFiles,
    languages: &Languages,
    entry: &Entry,
) -> Option<&'k Known> {
    let files = known.get(&entry.id)?;
    match languages.of(&entry.path, "") {
        Some(language) => files.iter().find(|k| k.language == language.name),
        // Only its first line can have told.
        None if Languages::needs_first_line(&entry.path) => files.first(),
        None => None,
    }
}

/// Parses the tree's unknown files.
pub(super) fn parse(
    store: &Store,
    languages: &Languages,
    snapshot: &Snapshot,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<IndexReport, IndexError> {
    let connection = store.connect()?;
    let known = known(&connection, languages)?;
    let mut report = IndexReport { skipped: snapshot.skipped().to_vec(), ..IndexReport::default() };
    let mut jobs: Vec<(&Entry, Option<&Language>)> = Vec::new();
    let mut planned = HashSet::new();
    for entry in snapshot.entries().iter().filter(|e| e.is_file()) {
        report.files += 1;
        let language = languages.of(&entry.path, "");
        if language.is_none() && !Languages::needs_first_line(&entry.path) {
            continue;
        }
        if entry.size > languages.skip_rules().max_size {
            if language.is_some() {
                let reason = format!("larger than {} KB", languages.skip_rules().max_size / 1000);
                report.skipped.push(Skipped { path: entry.path.clone(), reason });
            }
            continue;
        }
        match look_up(&known, languages, entry) {
            Some(Known { skipped: Some(reason), language, .. }) if !language.is_empty() => {
                let skipped = Skipped { path: entry.path.clone(), reason: reason.clone() };
                report.skipped.push(skipped);
            }
            Some(_) => {}
            None if planned.insert((&entry.id, language.map(|l| &l.name))) => {
                jobs.push((entry, language));
            }
            None => {}
        }
    }
    if !jobs.is_empty() {
        report.parsed = run(connection, languages, snapshot, &jobs, &mut report.skipped, progress)
            .map_err(|error| name_failure(store, error))?;
    }
    report.skipped.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(report)
}

/// A locked database is named as such.
fn name_failure(store: &Store, error: IndexError) -> IndexError {
    match error {
        IndexError::Query(source) => IndexError::Store(store.failed(source)),
        other => other,
    }
}

/// Parses on all cores while one thread writes.
fn run(
    mut connection: Connection,
    languages: &Languages,
    snapshot: &Snapshot,
    jobs: &[(&Entry, Option<&Language>)],
    skipped: &mut Vec<Skipped>,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<usize, IndexError> {
    let nobody = languages.digest();
    let mut parsed = 0;
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel::<Vec<Parsed>>(1);
        let writer = scope.spawn(move || -> Result<(), IndexError> {
            for batch in receiver {
                write(&mut connection, &batch, &nobody)?;
            }
            Ok(())
        });
        let mut done = 0;
        for batch in jobs.chunks(BATCH) {
            progress(done, jobs.len());
            let results: Vec<Parsed> = batch
                .par_iter()
                .map(|(entry, language)| parse_file(languages, snapshot, entry, *language))
                .collect();
            for ((entry, _), result) in batch.iter().zip(&results) {
                match &result.outcome {
                    Outcome::Facts(_) if !result.language.is_empty() => parsed += 1,
                    Outcome::Skipped(reason) | Outcome::Failed(reason)
                        if !result.language.is_empty() =>
                    {
                        let path = entry.path.clone();
                        skipped.push(Skipped { path, reason: reason.clone() });
                    }
                    _ => {}
                }
            }
            done += batch.len();
            // The writer has failed; joining it says how.
            if sender.send(results).is_err() {
                break;
            }
        }
        drop(sender);
        progress(done, jobs.len());
        match writer.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })?;
    Ok(parsed)
}

/// Stores a batch in one transaction.
fn write(connection: &mut Connection, batch: &[Parsed], nobody: &str) -> Result<(), IndexError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for parsed in batch {
        let (facts, skipped) = match &parsed.outcome {
            Outcome::Facts(facts) => (Some(facts), None),
            Outcome::Skipped(reason) => (None, Some(reason)),
            Outcome::Failed(_) => continue,
        };
        let version = if parsed.language.is_empty() { nobody } else { &parsed.version };
        let id: Option<i64> = transaction
            .prepare_cached(
                "INSERT INTO index_files (blob, language, version, skipped) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING RETURNING id",
            )?
            .query_row(params![parsed.blob, parsed.language, version, skipped], |r| r.get(0))
            .optional()?;
        // Without an id another process was faster.
        if let (Some(id), Some(facts)) = (id, facts) {
            write_facts(&transaction, id, facts)?;
        }
    }
    transaction.commit()?;
    Ok(())
}

fn write_facts(connection: &Connection, file: i64, facts: &FileFacts) -> Result<(), IndexError> {
    let mut symbols = connection.prepare_cached(
        "INSERT INTO index_symbols
         (file, n, name, qualified, kind, start, \"end\", line, signature, doc)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for (n, d) in facts.definitions.iter().enumerate() {
        symbols.execute(params![
            file,
            n as i64,
            d.name,
            d.qualified,
            d.kind.as_str(),
            d.start,
            d.end,
            d.line,
            d.signature,
            d.doc
        ])?;
    }
    let mut uses = connection
        .prepare_cached("INSERT INTO index_uses (name, file, uses) VALUES (?1, ?2, ?3)")?;
    for (name, rows) in &facts.uses {
        let rows = serde_json::to_string(rows).map_err(StoreError::from)?;
        uses.execute(params![name, file, rows])?;
    }
    let mut imports = connection.prepare_cached(
        "INSERT INTO index_imports (file, module, name, alias, line) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for import in &facts.imports {
        imports.execute(params![file, import.module, import.name, import.alias, import.line])?;
    }
    let mut chunks = connection.prepare_cached(
        "INSERT OR IGNORE INTO index_chunks (file, start, \"end\", symbol, hash)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for chunk in &facts.chunks {
        chunks.execute(params![file, chunk.start, chunk.end, chunk.symbol, &chunk.hash[..]])?;
    }
    if facts.chunks.is_empty() {
        return Ok(());
    }
    connection
        .prepare_cached("INSERT INTO index_words (file, words) VALUES (?1, ?2)")?
        .execute(params![file, facts.words])?;
    Ok(())
}
