//! Lists a folder of the tree.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::path;
use crate::agent::{Passage, Tool, ToolError, ToolOutput};
use crate::finding::Source;
use crate::index::View;
use crate::plain;

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
        let unit = |count: usize| if count == 1 { "file" } else { "files" };
        let mut rows: Vec<(String, Option<Passage>)> = folders
            .iter()
            .map(|(name, count)| (format!("{prefix}{name}/ ({count} {})", unit(*count)), None))
            .collect();
        rows.extend(files.iter().map(|name| {
            let path = format!("{prefix}{name}");
            // Nothing to quote, but a file that the next call may name.
            let known = snapshot.entry(&path).is_some_and(|e| e.is_file());
            let source = Source::File { path: path.clone(), start: 1, end: 1 };
            (path, known.then(|| Passage { source, text: " ".to_owned() }))
        }));
        for (row, _) in &mut rows {
            *row = plain::line(row, 200);
        }
        Ok(path::listing(rows, "The tree has no files."))
    }
}
