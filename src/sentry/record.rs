//! The one form that every export is turned into before it is cached.

use super::{Event, Exception, Frame, Issue};

/// A record of an export, scrubbed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Record {
    Issue(Box<Issue>),
    /// An issue of a text, whose id may be its short id; it only fills gaps.
    Text(Box<Issue>),
    Event(Box<EventRecord>),
    Note(Box<Note>),
    Mapping(Mapping),
}

/// What was written about an issue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Note {
    /// Id or short id, where the form has one.
    pub issue: Option<String>,
    /// The issue's title if nothing else is known of it.
    pub title: Option<String>,
    pub summary: Option<String>,
    pub root_cause: Option<String>,
    /// Whether the root cause is one of several, each a record of its own.
    pub appends: bool,
}

/// Where the files of a running program lie in the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mapping {
    /// Empty: any.
    pub project: String,
    pub stack_root: String,
    pub source_root: String,
}

/// Which form an event came in; of two forms of one event the greater is kept.
/// The server corrects what SDKs send (source maps, `in_app`), and only the API
/// form names the issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// The API's form without entries, so without a stack trace.
    Simple = 0,
    Sdk = 1,
    Stored = 2,
    Api = 3,
}

impl Rank {
    /// The rank within what is stored of an event's quality, which `write` makes.
    pub(super) fn of_quality(quality: u8) -> Self {
        match quality / 2 {
            3.. => Self::Api,
            2 => Self::Stored,
            _ => Self::Sdk,
        }
    }
}

/// An event and what it says of its issue.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct EventRecord {
    pub event: Event,
    /// What the issue looks like if nothing but this event is known.
    pub issue: Issue,
    pub rank: Rank,
    /// Places in code, for the search by function.
    pub sites: Vec<Site>,
}

/// A frame's place, ready to be matched with a path of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Site {
    pub exception: usize,
    pub position: usize,
    /// Frames between it and the crash.
    pub distance: usize,
    pub path: super::frame::Place,
    pub function: Option<String>,
    pub in_app: bool,
    pub crash: bool,
}

/// A frame as exported, with what is needed only to place it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RawFrame {
    pub frame: Frame,
    pub abs_path: Option<String>,
    pub column: Option<u32>,
    pub package: Option<String>,
    pub platform: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct RawException {
    pub error_type: String,
    pub value: String,
    pub frames: Vec<RawFrame>,
}

impl RawException {
    pub(super) fn into_exception(self) -> Exception {
        Exception {
            error_type: self.error_type,
            value: self.value,
            frames: self.frames.into_iter().map(|f| f.frame).collect(),
        }
    }
}
