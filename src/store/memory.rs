//! Lasting facts about the repository.

use rusqlite::{OptionalExtension, Row, params};

use super::{Store, StoreError};

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Memory {
    pub id: i64,
    pub text: String,
    /// `user`, or the id of the review that proposed it.
    pub source: String,
    pub created: i64,
    /// Last time a review established it again, seconds since the epoch.
    pub confirmed: i64,
    pub confirmations: u32,
}

impl Memory {
    /// The source of a fact that a person wrote; such a fact never expires.
    pub const USER: &'static str = "user";
}

const COLUMNS: &str = "id, text, source, created, confirmed, confirmations";

impl Store {
    /// Oldest first.
    pub fn memories(&self) -> Result<Vec<Memory>, StoreError> {
        let read = || -> rusqlite::Result<Vec<_>> {
            let connection = self.lock();
            let mut statement =
                connection.prepare_cached(&format!("SELECT {COLUMNS} FROM memory ORDER BY id"))?;
            statement.query_map([], memory)?.collect()
        };
        read().map_err(|e| self.failed(e))
    }

    pub fn add_memory(&self, text: &str, source: &str, now: i64) -> Result<Memory, StoreError> {
        self.lock()
            .query_row(
                &format!(
                    "INSERT INTO memory (text, source, created, confirmed)
                     VALUES (?1, ?2, ?3, ?3) RETURNING {COLUMNS}"
                ),
                params![text, source, now],
                memory,
            )
            .map_err(|e| self.failed(e))
    }

    /// Rewords a fact, which confirms it too.
    pub fn edit_memory(&self, id: i64, text: &str, now: i64) -> Result<(), StoreError> {
        self.change_memory(
            id,
            "UPDATE memory SET text = ?2, confirmed = ?3 WHERE id = ?1",
            params![id, text, now],
        )
    }

    /// Makes a fact the user's own, so that it does not expire.
    pub fn adopt_memory(&self, id: i64) -> Result<(), StoreError> {
        self.change_memory(
            id,
            "UPDATE memory SET source = ?2 WHERE id = ?1",
            params![id, Memory::USER],
        )
    }

    pub fn confirm_memory(&self, id: i64, now: i64) -> Result<(), StoreError> {
        self.change_memory(
            id,
            "UPDATE memory SET confirmed = max(confirmed, ?2), confirmations = confirmations + 1
             WHERE id = ?1",
            params![id, now],
        )
    }

    pub fn remove_memory(&self, id: i64) -> Result<(), StoreError> {
        self.change_memory(id, "DELETE FROM memory WHERE id = ?1", params![id])
    }

    /// Keeps a fact from being learned again.
    pub fn refuse_memory(&self, text: &str) -> Result<(), StoreError> {
        self.lock()
            .execute("INSERT OR IGNORE INTO refused_memory (text) VALUES (?1)", [text])
            .map(drop)
            .map_err(|e| self.failed(e))
    }

    /// Facts that a person removed or reworded.
    pub fn refused_memories(&self) -> Result<Vec<String>, StoreError> {
        let read = || -> rusqlite::Result<Vec<_>> {
            let connection = self.lock();
            let mut statement =
                connection.prepare_cached("SELECT text FROM refused_memory ORDER BY text")?;
            statement.query_map([], |row| row.get(0))?.collect()
        };
        read().map_err(|e| self.failed(e))
    }

    /// Removes facts no user wrote that nothing confirmed since `before`; returns them.
    pub fn expire_memories(&self, before: i64) -> Result<Vec<Memory>, StoreError> {
        let remove = || {
            let connection = self.lock();
            let mut statement = connection.prepare_cached(&format!(
                "DELETE FROM memory WHERE source <> ?1 AND confirmed < ?2 RETURNING {COLUMNS}"
            ))?;
            let rows: rusqlite::Result<Vec<Memory>> =
                statement.query_map(params![Memory::USER, before], memory)?.collect();
            rows
        };
        let mut gone = remove().map_err(|e| self.failed(e))?;
        gone.sort_by_key(|m| m.id);
        Ok(gone)
    }

    /// One fact by its number.
    pub fn memory(&self, id: i64) -> Result<Memory, StoreError> {
        self.lock()
            .query_row(&format!("SELECT {COLUMNS} FROM memory WHERE id = ?1"), [id], memory)
            .optional()
            .map_err(|e| self.failed(e))?
            .ok_or_else(|| missing(id))
    }

    fn change_memory(
        &self,
        id: i64,
        sql: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<(), StoreError> {
        match self.lock().execute(sql, values).map_err(|e| self.failed(e))? {
            0 => Err(missing(id)),
            _ => Ok(()),
        }
    }
}

fn missing(id: i64) -> StoreError {
    StoreError::NotFound { what: "memory", id: id.to_string() }
}

fn memory(row: &Row<'_>) -> rusqlite::Result<Memory> {
    Ok(Memory {
        id: row.get(0)?,
        text: row.get(1)?,
        source: row.get(2)?,
        created: row.get(3)?,
        confirmed: row.get(4)?,
        confirmations: row.get(5)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a/b.db")).unwrap();
        (folder, store)
    }

    #[test]
    fn facts_are_added_reworded_confirmed_and_removed() {
        let (_folder, store) = store();
        let first = store.add_memory("prices are in cents", Memory::USER, 10).unwrap();
        let second = store.add_memory("retries are idempotent", "r1", 11).unwrap();
        store.edit_memory(second.id, "retries are safe", 12).unwrap();
        store.confirm_memory(second.id, 20).unwrap();
        store.confirm_memory(second.id, 15).unwrap();
        let got = store.memory(second.id).unwrap();
        assert_eq!(
            (got.text.as_str(), got.confirmed, got.confirmations),
            ("retries are safe", 20, 3)
        );
        assert_eq!(got.source, "r1");
        store.adopt_memory(second.id).unwrap();
        assert_eq!(store.memory(second.id).unwrap().source, Memory::USER);
        store.remove_memory(first.id).unwrap();
        assert_eq!(store.memories().unwrap().len(), 1);
        assert!(matches!(store.remove_memory(first.id), Err(StoreError::NotFound { .. })));
        assert!(matches!(store.edit_memory(99, "x", 1), Err(StoreError::NotFound { .. })));
    }

    #[test]
    fn only_stale_facts_that_no_user_wrote_expire() {
        let (_folder, store) = store();
        store.add_memory("by the user", Memory::USER, 1).unwrap();
        store.add_memory("stale", "r1", 1).unwrap();
        let kept = store.add_memory("confirmed again", "r1", 1).unwrap();
        store.confirm_memory(kept.id, 100).unwrap();
        let gone = store.expire_memories(50).unwrap();
        assert_eq!(gone.iter().map(|m| m.text.as_str()).collect::<Vec<_>>(), ["stale"]);
        assert_eq!(store.memories().unwrap().len(), 2);
    }
}
