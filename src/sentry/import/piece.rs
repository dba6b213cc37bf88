//! Opens a stream by the form that its first bytes show.

use std::io::{self, BufRead};

use crate::sentry::envelope::{self, Envelope};
use crate::sentry::source::{Content, peek};
use crate::sentry::split::{Piece, RECORD_LIMIT, Splitter};
use crate::sentry::text::{Foreign, Markdown, Table, foreign_text};

type Reader<'a> = Box<dyn BufRead + 'a>;

/// Bytes of a text by which it is recognised.
const TEXT: usize = 16 << 10;

pub(super) enum Opened<'a> {
    Pieces(Pieces<'a>),
    Foreign(&'static Foreign),
    Empty,
    Other,
}

/// The records of a stream, whatever its form.
pub(super) struct Pieces<'a> {
    form: Form<'a>,
    any: bool,
}

enum Form<'a> {
    Json(Splitter<Reader<'a>>),
    Envelope(Envelope<Reader<'a>>),
    Table(Table<Reader<'a>>),
    Markdown(Markdown<Reader<'a>>),
}

pub(super) fn open(content: Content<'_>) -> io::Result<Opened<'_>> {
    let form = match content {
        Content::Empty => return Ok(Opened::Empty),
        Content::Binary => return Ok(Opened::Other),
        Content::Json(reader) => {
            let (head, reader) = peek(reader, envelope::HEAD)?;
            if envelope::begins(&head) {
                Form::Envelope(Envelope::new(reader, RECORD_LIMIT))
            } else {
                Form::Json(Splitter::new(reader, RECORD_LIMIT))
            }
        }
        Content::Text(reader) => {
            let (head, reader) = peek(reader, TEXT)?;
            let head = String::from_utf8_lossy(&head);
            if let Some(foreign) = foreign_text(&head) {
                return Ok(Opened::Foreign(foreign));
            } else if Markdown::<Reader<'_>>::begins(&head) {
                Form::Markdown(Markdown::new(reader))
            } else if Table::<Reader<'_>>::begins(&head) {
                Form::Table(Table::new(reader)?)
            } else {
                return Ok(Opened::Other);
            }
        }
    };
    Ok(Opened::Pieces(Pieces { form, any: false }))
}

impl Pieces<'_> {
    /// The next piece, or `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        let piece = match &mut self.form {
            Form::Json(splitter) => splitter.next(),
            Form::Envelope(envelope) => envelope.next(),
            Form::Table(table) => table.next(),
            Form::Markdown(markdown) => markdown.next(),
        }?;
        self.any |= piece.is_some();
        Ok(piece)
    }

    /// Takes the bytes of a record back when it was read.
    pub(super) fn reuse(&mut self, bytes: Vec<u8>) {
        if let Form::Json(splitter) = &mut self.form {
            splitter.reuse(bytes);
        }
    }

    /// Whether the stream ended where its form does not.
    pub(super) fn is_cut(&self) -> bool {
        match &self.form {
            Form::Json(splitter) => splitter.is_cut(),
            Form::Envelope(envelope) => envelope.is_cut(),
            Form::Table(table) => table.is_cut(),
            Form::Markdown(_) => false,
        }
    }

    pub(super) fn is_envelope(&self) -> bool {
        matches!(self.form, Form::Envelope(_))
    }

    /// Whether it was a list, or a page of one, with nothing in it.
    pub(super) fn was_empty(&self) -> bool {
        match &self.form {
            Form::Json(splitter) => !self.any && splitter.had_list(),
            _ => false,
        }
    }
}
