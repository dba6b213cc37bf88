//! Events, and what an issue is by its events.

use std::ops::Range;

use rusqlite::{OptionalExtension, Transaction, params};

use super::issue::{
    ISSUE_COLUMNS, index_text, insert_issue, read_issue, remove_issue, signed, update_issue,
};
use super::place::{Places, Rows};
use super::{Told, Written};
use crate::sentry::event::LOCAL;
use crate::sentry::record::EventRecord;
use crate::sentry::{Issue, SentryError};

/// The fastest: of 50,000 issues the cache is smaller than their JSON all the same.
const COMPRESSION: i32 = 1;

/// The quality from which on an event has a stack trace, as far as its form tells; one
/// without comes after all others, however new.
const STACKED: i64 = 2;

/// What makes an event the latest: a stack trace, then its time, then its id.
type Order = (bool, Option<i64>, String);

/// An event that waits for its batch to be written. Its body lies in the packer's buffer,
/// for hundreds of small strings of each event would be out of the processor's cache by then.
pub(super) struct Waiting {
    id: String,
    time: Option<i64>,
    issue: Issue,
    quality: u8,
    frames: Vec<Frame>,
    digest: [u8; 16],
    body: Range<usize>,
}

/// A frame that is searched, with the number of its place in the batch.
struct Frame {
    exception: usize,
    position: usize,
    distance: usize,
    place: usize,
    in_app: bool,
    crash: bool,
}

impl Waiting {
    /// Bytes that its frames take.
    pub(super) fn held(&self) -> usize {
        self.frames.len() * size_of::<Frame>()
    }

    fn order(&self) -> Order {
        (i64::from(self.quality) >= STACKED, self.time, self.id.clone())
    }
}

/// Packs bodies with one context and in buffers that stay: new ones for each cost more
/// than the packing.
pub(super) struct Packer {
    zstd: zstd::bulk::Compressor<'static>,
    /// JSON of the events that wait, one after the other.
    plain: Vec<u8>,
    packed: Vec<u8>,
}

impl Packer {
    pub(super) fn new() -> Result<Self, SentryError> {
        let zstd = zstd::bulk::Compressor::new(COMPRESSION).map_err(failed)?;
        Ok(Self { zstd, plain: Vec::new(), packed: Vec::new() })
    }

    /// Takes an event in, and its places into those of the batch.
    pub(super) fn take(
        &mut self,
        record: EventRecord,
        places: &mut Places,
    ) -> Result<Waiting, SentryError> {
        let start = self.plain.len();
        serde_json::to_writer(&mut self.plain, &record.event)?;
        let mut digest = [0; 16];
        digest.copy_from_slice(&blake3::hash(&self.plain[start..]).as_bytes()[..16]);
        Ok(Waiting {
            quality: quality(&record),
            id: record.event.id,
            time: record.event.time,
            issue: record.issue,
            frames: record
                .sites
                .into_iter()
                .map(|site| Frame {
                    exception: site.exception,
                    position: site.position,
                    distance: site.distance,
                    place: places.number(site.path, site.function),
                    in_app: site.in_app,
                    crash: site.crash,
                })
                .collect(),
            digest,
            body: start..self.plain.len(),
        })
    }

    /// Bytes of the bodies that wait.
    pub(super) fn held(&self) -> usize {
        self.plain.len()
    }

    /// Lets go of what waited.
    pub(super) fn clear(&mut self) {
        self.plain.clear();
    }

    fn pack(&mut self, body: &Range<usize>) -> Result<&[u8], SentryError> {
        self.packed.resize(zstd::zstd_safe::compress_bound(body.len()), 0);
        let plain = &self.plain[body.clone()];
        let size = self.zstd.compress_to_buffer(plain, &mut self.packed[..]).map_err(failed)?;
        Ok(&self.packed[..size])
    }
}

fn failed(error: std::io::Error) -> SentryError {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error)).into()
}

/// How good a form of an event is: first its rank, then whether it names its
/// issue.
fn quality(record: &EventRecord) -> u8 {
    record.rank as u8 * 2 + u8::from(!record.issue.id.starts_with(LOCAL))
}

pub(super) fn put_event(
    tx: &Transaction<'_>,
    record: &Waiting,
    packer: &mut Packer,
    places: &mut Rows<'_>,
    told: &mut Told,
) -> Result<Written, SentryError> {
    let old: Option<(i64, i64, u8, Vec<u8>)> = tx
        .prepare_cached("SELECT row, issue, rank, hash FROM sentry_event WHERE id = ?1")?
        .query_row([&record.id], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))
        .optional()?;
    if let Some((row, issue, rank, old_digest)) = old {
        let named: String = tx
            .prepare_cached("SELECT id FROM sentry_issue WHERE row = ?1")?
            .query_row([issue], |r| r.get(0))?;
        if named != record.issue.id
            && ![&named, &record.issue.id].iter().any(|id| id.starts_with(LOCAL))
        {
            let (id, other) = (&record.id, &record.issue.id);
            told.add(format!("event {id} is given to issue {named} and to issue {other}"));
        }
        // Between two bodies of one form any fixed choice will do.
        if (record.quality, record.digest.as_slice()) <= (rank, old_digest.as_slice()) {
            return Ok(Written::Unchanged);
        }
        tx.execute("DELETE FROM sentry_event WHERE row = ?1", [row])?;
        places.loosened();
        refresh(tx, issue, None)?;
    }
    let known: Option<i64> = tx
        .prepare_cached("SELECT row FROM sentry_issue WHERE id = ?1")?
        .query_row([&record.issue.id], |r| r.get(0))
        .optional()?;
    let issue = match known {
        Some(row) => row,
        None => insert_issue(tx, &record.issue, false)?,
    };
    tx.prepare_cached(
        "INSERT INTO sentry_event (id, issue, time, rank, hash, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        record.id,
        issue,
        record.time,
        record.quality,
        record.digest,
        packer.pack(&record.body)?,
    ])?;
    let row = tx.last_insert_rowid();
    let mut statement = tx.prepare_cached(
        "INSERT INTO sentry_frame (event, exception, position, distance, place, in_app, crash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for frame in &record.frames {
        statement.execute(params![
            row,
            signed(frame.exception as u64),
            signed(frame.position as u64),
            signed(frame.distance as u64),
            places.row(tx, frame.place)?,
            frame.in_app,
            frame.crash,
        ])?;
    }
    refresh(tx, issue, Some((row, record)))?;
    Ok(Written::Event)
}

/// Brings an issue in line with its events: which is the newest, and for an
/// issue known only from them also its counts and words. One that has lost its
/// last event to a better known issue goes.
pub(super) fn refresh(
    tx: &Transaction<'_>,
    row: i64,
    added: Option<(i64, &Waiting)>,
) -> Result<(), SentryError> {
    let (whole, known, best): (bool, Option<i64>, Option<Order>) = tx
        .prepare_cached(
            "SELECT i.whole, i.latest, e.rank, e.time, e.id
             FROM sentry_issue i LEFT JOIN sentry_event e ON e.row = i.latest WHERE i.row = ?1",
        )?
        .query_row([row], |r| {
            let best = match r.get::<_, Option<i64>>(2)? {
                Some(rank) => Some((rank >= STACKED, r.get(3)?, r.get(4)?)),
                None => None,
            };
            Ok((r.get(0)?, r.get(1)?, best))
        })?;
    let latest = match (added, known, best) {
        // One more need not be compared with all of its events.
        (Some((event, new)), Some(known), Some(best)) => {
            Some(if new.order() > best { event } else { known })
        }
        (Some((event, _)), None, _) => Some(event),
        _ => tx
            .prepare_cached(
                "SELECT row FROM sentry_event WHERE issue = ?1
                 ORDER BY rank < ?2, time DESC, id DESC LIMIT 1",
            )?
            .query_row([row, STACKED], |r| r.get(0))
            .optional()?,
    };
    if latest != known {
        tx.prepare_cached("UPDATE sentry_issue SET latest = ?2 WHERE row = ?1")?
            .execute(params![row, latest])?;
    }
    if whole {
        return Ok(());
    }
    let sql = format!("SELECT {ISSUE_COLUMNS} FROM sentry_issue i WHERE i.row = ?1");
    let mut issue = tx.prepare_cached(&sql)?.query_row([row], read_issue)?;
    let before = issue.clone();
    let noted = issue.summary.is_some() || issue.root_cause.is_some();
    if latest.is_none() && !noted {
        return remove_issue(tx, row);
    }
    if let Some((_, event)) = added.filter(|(event, _)| Some(*event) == latest) {
        let (summary, root_cause) = (issue.summary, issue.root_cause);
        issue = Issue { summary, root_cause, ..event.issue.clone() };
    }
    let (count, first, last): (i64, Option<i64>, Option<i64>) = tx
        .prepare_cached("SELECT count(*), min(time), max(time) FROM sentry_event WHERE issue = ?1")?
        .query_row([row], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
    issue.count = u64::try_from(count).unwrap_or_default();
    issue.first_seen = first;
    issue.last_seen = last;
    update_issue(tx, row, &issue, false)?;
    let words = |i: &Issue| [&i.title, &i.message].map(String::clone);
    let names = |i: &Issue| [&i.culprit, &i.error_type].map(Option::clone);
    // A new issue has no words yet; the other events of one mostly have the same.
    if count > 1 && words(&before) == words(&issue) && names(&before) == names(&issue) {
        return Ok(());
    }
    index_text(tx, row, &issue)
}
