//! Places of frames: each is written once, and frames name it by its number.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::sentry::SentryError;
use crate::sentry::frame::Place;

/// A place and the function in it.
type Named = (Place, Option<String>);

/// The places that the events of one batch name, each held once.
///
/// Rows are kept for no longer than a batch: between two of them another process may
/// remove what no frame names.
#[derive(Default)]
pub(super) struct Places {
    numbers: HashMap<Named, usize>,
    /// Row of each number, once it was asked for.
    rows: Vec<Option<i64>>,
    bytes: usize,
}

impl Places {
    /// The number of a place within the batch.
    pub(super) fn number(&mut self, place: Place, function: Option<String>) -> usize {
        let named = (place, function);
        if let Some(number) = self.numbers.get(&named) {
            return *number;
        }
        let (Place { path, base, root, .. }, function) = &named;
        let text = path.len() + base.len() + root.len() + function.as_ref().map_or(0, String::len);
        self.bytes += text + size_of::<Named>() + 2 * size_of::<usize>();
        let number = self.rows.len();
        self.numbers.insert(named, number);
        self.rows.push(None);
        number
    }

    /// Bytes that are held, about.
    pub(super) fn held(&self) -> usize {
        self.bytes
    }

    /// The batch's places by their numbers, to be written in its transaction.
    pub(super) fn begin(&mut self) -> Rows<'_> {
        let mut numbers: Vec<_> = self.numbers.iter().collect();
        numbers.sort_unstable_by_key(|(_, number)| **number);
        let places = numbers.into_iter().map(|(named, _)| named).collect();
        self.rows.fill(None);
        Rows { places, rows: &mut self.rows, loose: false }
    }

    /// Lets go of the batch.
    pub(super) fn clear(&mut self) {
        self.numbers.clear();
        self.rows.clear();
        self.bytes = 0;
    }
}

/// Finds the rows of a batch's places, or makes them.
pub(super) struct Rows<'a> {
    places: Vec<&'a Named>,
    rows: &'a mut Vec<Option<i64>>,
    loose: bool,
}

impl Rows<'_> {
    /// The row of a place by its number within the batch.
    pub(super) fn row(&mut self, tx: &Transaction<'_>, number: usize) -> Result<i64, SentryError> {
        if let Some(row) = self.rows[number] {
            return Ok(row);
        }
        let (place, function) = self.places[number];
        let values = params![function, place.base, place.path, place.root, place.absolute];
        let known = tx
            .prepare_cached(
                "SELECT row FROM sentry_place WHERE function IS ?1 AND base = ?2 AND path = ?3
                 AND root = ?4 AND absolute = ?5",
            )?
            .query_row(values, |r| r.get(0))
            .optional()?;
        let row = match known {
            Some(row) => row,
            None => {
                tx.prepare_cached(
                    "INSERT INTO sentry_place (function, base, path, root, absolute)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(values)?;
                tx.last_insert_rowid()
            }
        };
        self.rows[number] = Some(row);
        Ok(row)
    }

    /// Hears that frames went, whose places no other frame may name.
    pub(super) fn loosened(&mut self) {
        self.loose = true;
    }

    /// Ends the batch's writing.
    pub(super) fn finish(self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        if self.loose { sweep(tx) } else { Ok(()) }
    }
}

/// Removes the places that no frame names any more.
pub(in crate::sentry) fn sweep(db: &Connection) -> rusqlite::Result<()> {
    db.execute(
        "DELETE FROM sentry_place
         WHERE NOT EXISTS (SELECT 1 FROM sentry_frame WHERE place = sentry_place.row)",
        [],
    )?;
    Ok(())
}
