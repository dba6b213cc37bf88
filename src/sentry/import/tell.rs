//! Words for what went wrong with a file.

use std::io;

use crate::sentry::split::Position;

/// Problems told one by one for each file; the rest is only counted.
const PROBLEMS: usize = 20;

/// The problems of one file; a file of nothing but garbage must not fill a screen.
pub(super) struct Problems<'a> {
    place: &'a str,
    pub list: Vec<String>,
    more: usize,
}

impl<'a> Problems<'a> {
    pub(super) fn new(place: &'a str) -> Self {
        Self { place, list: Vec::new(), more: 0 }
    }

    pub(super) fn add(&mut self, at: Position, reason: &str) {
        if self.list.len() < PROBLEMS {
            self.list.push(format!("{}, {at}: {reason}", self.place));
        } else {
            self.more += 1;
        }
    }

    pub(super) fn finish(mut self) -> Vec<String> {
        if self.more > 0 {
            self.list.push(format!("{}: {} more of these", self.place, self.more));
        }
        self.list
    }
}

pub(super) fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the compressed file ends early".to_owned(),
        _ => error.to_string(),
    }
}
