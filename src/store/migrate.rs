//! Numbered SQL files over `user_version`.

use std::path::Path;

use include_dir::{Dir, include_dir};
use rusqlite::{Connection, TransactionBehavior};

use super::{StoreError, classify};

static MIGRATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/store/migrations");

/// Applies the migrations that the file lacks, each in its own transaction.
/// A database of a newer program is refused and left as it was.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let mut steps: Vec<(String, &str)> = MIGRATIONS
        .files()
        .filter_map(|f| Some((f.path().file_stem()?.to_str()?.to_owned(), f.contents_utf8()?)))
        .collect();
    steps.sort();
    let known = steps.len() as u32;
    let version = |c: &Connection| {
        c.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))
            .map_err(|e| classify(path, e))
    };
    let found = version(connection)?;
    if found > known {
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    }
    for (n, (name, sql)) in steps.iter().enumerate().skip(found as usize) {
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|e| classify(path, e))?;
        // Another process may have migrated while this one waited for the lock.
        if version(&transaction)? > n as u32 {
            continue;
        }
        transaction
            .execute_batch(sql)
            .and_then(|()| transaction.pragma_update(None, "user_version", n as u32 + 1))
            .and_then(|()| transaction.commit())
            .map_err(|source| StoreError::Migrate { name: name.clone(), source })?;
    }
    Ok(())
}
