//! Numbered SQL files over `user_version`.

use std::path::Path;

use include_dir::Dir;
use rusqlite::{Connection, TransactionBehavior};

use super::{StoreError, classify};

/// Refuses a file that a newer program wrote and a database of another program,
/// reading only.
pub(super) fn recognise(
    connection: &Connection,
    path: &Path,
    migrations: &'static Dir<'static>,
) -> Result<(), StoreError> {
    let look = || -> rusqlite::Result<(u32, bool)> {
        // One transaction, so that both answers are of the same moment.
        let transaction = connection.unchecked_transaction()?;
        let foreign =
            transaction
                .query_row("SELECT count(*) > 0 FROM sqlite_master", [], |row| row.get(0))?;
        let version = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        Ok((version, foreign))
    };
    let known = steps(migrations).len() as u32;
    match look().map_err(|e| classify(path, e))? {
        (found, _) if found > known => {
            Err(StoreError::Newer { path: path.to_owned(), found, known })
        }
        (0, true) => Err(StoreError::Damaged { path: path.to_owned() }),
        _ => Ok(()),
    }
}

/// Whether the file lacks no migration.
pub(super) fn is_current(
    connection: &Connection,
    path: &Path,
    migrations: &'static Dir<'static>,
) -> Result<bool, StoreError> {
    let found: u32 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|e| classify(path, e))?;
    Ok(found as usize == steps(migrations).len())
}

/// Name and SQL of each migration, in order.
fn steps(migrations: &'static Dir<'static>) -> Vec<(String, &'static str)> {
    let mut steps: Vec<_> = migrations
        .files()
        .filter_map(|f| Some((f.path().file_stem()?.to_str()?.to_owned(), f.contents_utf8()?)))
        .collect();
    steps.sort();
    steps
}

/// Applies the migrations that the file lacks, each in its own transaction.
pub(super) fn migrate(
    connection: &mut Connection,
    path: &Path,
    migrations: &'static Dir<'static>,
) -> Result<(), StoreError> {
    let steps = steps(migrations);
    let version = |c: &Connection| {
        c.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))
            .map_err(|e| classify(path, e))
    };
    let found = version(connection)?;
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
            .map_err(|source| match classify(path, source) {
                StoreError::Open { source, .. } => {
                    StoreError::Migrate { name: name.clone(), source }
                }
                other => other,
            })?;
    }
    Ok(())
}
