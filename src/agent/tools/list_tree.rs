//! Lists a folder of the tree.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::path;
use crate::agent::{Passage, Tool, ToolError, ToolOutput};
use crate::finding::Source;
use crate::index::View;
use crate::plain;

/// Most entries shown of one folder.
const MOST: usize = 60;

pub struct ListTree {
    view: Arc<View>,
}

impl ListTree {
    pub fn new(view: Arc<View>) -> Self {
        Self { view }
    }
}

impl Tool for ListTree {
    fn name(&self) -> &str {
        "list_tree"
    }

    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let snapshot = self.view.snapshot();
        let folder = path::folder(snapshot, path::text(arguments, "path"))?;
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        // Folders with their number of files, then files.
        let (mut folders, mut files) = (BTreeMap::<&str, usize>::new(), Vec::new());
        for entry in snapshot.entries() {
            let Some(rest) = entry.path.strip_prefix(&prefix) else { continue };
            match rest.split_once('/') {
                Some((name, _)) => *folders.entry(name).or_default() += 1,
                None if entry.is_file() => files.push(rest.to_owned()),
                None => files.push(format!("{rest} (a link or a submodule)")),
            }
        }
        // Nothing to quote, but files that the next call may name.
        let room = MOST.saturating_sub(folders.len());
        let passages = files
            .iter()
            .take(room)
            .map(|name| format!("{prefix}{name}"))
            .filter(|path| self.view.snapshot().entry(path).is_some_and(|e| e.is_file()))
            .map(|path| Passage {
                source: Source::File { path, start: 1, end: 1 },
                text: " ".to_owned(),
            })
            .collect();
        let mut rows: Vec<String> = folders
            .iter()
            .map(|(name, count)| {
                let unit = if *count == 1 { "file" } else { "files" };
                format!("{prefix}{name}/ ({count} {unit})")
            })
            .chain(files.iter().map(|name| format!("{prefix}{name}")))
            .map(|row| plain::line(&row, 200))
            .collect();
        let more = rows.len().saturating_sub(MOST);
        rows.truncate(MOST);
        if more > 0 {
            rows.push(format!("{more} more"));
        }
        if rows.is_empty() {
            rows.push("The tree has no files.".to_owned());
        }
        Ok(ToolOutput { text: rows.join("\n"), passages })
    }
}
