//! Reads the fields of a TOML table one by one, and collects all that is wrong
//! with them in place of stopping at the first.

use serde::de::DeserializeOwned;
use toml::{Table, Value};

/// One thing that is wrong with a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Below the dataset's folder.
    pub file: String,
    /// `bug[1].severity`, counted from 1; empty if it is about the whole file.
    pub field: String,
    pub what: String,
    pub help: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.file)?;
        if !self.field.is_empty() {
            write!(f, ": {}", self.field)?;
        }
        write!(f, ": {}; {}", self.what, self.help)
    }
}

/// A table whose fields are taken one after the other.
pub(super) struct Fields {
    file: String,
    /// What stands before a field's name in messages.
    prefix: String,
    table: Table,
    known: Vec<&'static str>,
    pub faults: Vec<Fault>,
}

impl Fields {
    pub fn new(file: &str, prefix: &str, table: Table) -> Self {
        let (file, prefix) = (file.to_owned(), prefix.to_owned());
        Self { file, prefix, table, known: Vec::new(), faults: Vec::new() }
    }

    /// Parses a file's text; what is no TOML is one fault.
    pub fn parse(file: &str, text: &str) -> Result<Self, Fault> {
        match text.parse::<Table>() {
            Ok(table) => Ok(Self::new(file, "", table)),
            Err(error) => {
                let line = error.span().map_or(1, |s| 1 + text[..s.start].matches('\n').count());
                Err(Fault {
                    file: format!("{file}:{line}"),
                    field: String::new(),
                    what: format!("not valid TOML: {}", error.message()),
                    help: "correct the file".to_owned(),
                })
            }
        }
    }

    pub fn fault(&mut self, field: &str, what: impl Into<String>, help: impl Into<String>) {
        self.faults.push(Fault {
            file: self.file.clone(),
            field: format!("{}{field}", self.prefix),
            what: what.into(),
            help: help.into(),
        });
    }

    /// A field that may be absent; a value of the wrong kind is a fault.
    pub fn get<T: DeserializeOwned>(&mut self, key: &'static str) -> Option<T> {
        self.known.push(key);
        let value = self.table.remove(key)?;
        let shown = value.to_string();
        match value.try_into::<T>() {
            Ok(value) => Some(value),
            Err(error) => {
                let what = format!("cannot be {}", crate::plain::line(&shown, 80));
                self.fault(key, what, error.message());
                None
            }
        }
    }

    /// A field that must be there.
    pub fn need<T: DeserializeOwned>(&mut self, key: &'static str, help: &str) -> Option<T> {
        if !self.table.contains_key(key) {
            self.known.push(key);
            self.fault(key, "is missing", help);
            return None;
        }
        self.get(key)
    }

    /// A text that must be there and not be blank; empty after a fault.
    pub fn text(&mut self, key: &'static str, help: &str) -> String {
        let text: Option<String> = self.need(key, help);
        if text.as_deref().is_some_and(|t| t.trim().is_empty()) {
            self.fault(key, "is empty", help);
        }
        text.unwrap_or_default().trim().to_owned()
    }

    /// The fields of a table within this one.
    pub fn section(&mut self, key: &'static str) -> Option<Fields> {
        let table: Table = self.get(key)?;
        Some(Fields::new(&self.file, &format!("{}{key}.", self.prefix), table))
    }

    /// The tables of an array of tables; empty if it is absent.
    pub fn sections(&mut self, key: &'static str) -> Vec<Fields> {
        let tables: Vec<Table> = self.get(key).unwrap_or_default();
        let one = |(n, table)| Fields::new(&self.file, &format!("{key}[{}].", n + 1), table);
        tables.into_iter().enumerate().map(one).collect()
    }

    /// Whether a field is there and was not taken yet.
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Ends the reading: what was not taken is unknown.
    pub fn finish(mut self) -> Vec<Fault> {
        let unknown: Vec<(String, Value)> = std::mem::take(&mut self.table).into_iter().collect();
        for (key, _) in unknown {
            let help = format!("remove it; the fields here are {}", self.known.join(", "));
            self.fault(&crate::plain::line(&key, 40), "there is no such field", help);
        }
        self.faults
    }
}
