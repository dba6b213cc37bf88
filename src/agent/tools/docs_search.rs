//! Searches the documentation of installed packages and imported documentation.

use std::sync::Arc;

use serde_json::Value;

use super::path;
use crate::agent::{Passage, Tool, ToolError, ToolOutput};
use crate::docs::{Docs, DocsError, Hit};
use crate::finding::Source;
use crate::plain;

/// Passages looked for; a page shows what fits.
const LIMIT: usize = 40;

pub struct DocsSearch {
    docs: Arc<Docs>,
}

impl DocsSearch {
    pub fn new(docs: Arc<Docs>) -> Self {
        Self { docs }
    }
}

impl Tool for DocsSearch {
    fn name(&self) -> &str {
        "docs_search"
    }

    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let query = path::text(arguments, "query");
        let package = Some(path::text(arguments, "package")).filter(|p| !p.is_empty());
        let answer = self.docs.search(query, package, LIMIT).map_err(failed)?;
        let notes: Vec<String> =
            answer.notes.iter().map(|note| format!("({})", plain::line(note, 200))).collect();
        if answer.hits.is_empty() {
            let within = package.map(|p| format!(" of {p}")).unwrap_or_default();
            let nothing = plain::line(
                &format!("No documentation{within} has words of `{query}`; try other words."),
                300,
            );
            let text = [notes, vec![nothing]].concat().join("\n");
            return Ok(ToolOutput { text, ..ToolOutput::default() });
        }
        let mut output = ToolOutput::default();
        // One row, so that they stand on the first page whatever fits beside them.
        if !notes.is_empty() {
            output.row(&notes.join("\n"), None);
        }
        for hit in &answer.hits {
            let (row, passage) = row(hit);
            output.row(&row, Some(passage));
        }
        Ok(output)
    }
}

/// A head line with the source, and the lines of the passage.
fn row(hit: &Hit) -> (String, Passage) {
    let source = Source::Docs {
        package: hit.package.clone(),
        version: hit.version.clone(),
        place: hit.place.clone(),
    };
    let head = plain::line(&format!("{source}  {}", hit.title), 240);
    let lines: Vec<String> = hit.body.lines().map(path::shown).collect();
    let body: String = lines.iter().map(|l| format!("\n    {l}")).collect();
    (format!("{head}{body}"), Passage { source, text: lines.join("\n") })
}

fn failed(error: DocsError) -> ToolError {
    match error {
        DocsError::NoWords => {
            ToolError::Refused("The query has no words to look for; name what you ask for.".into())
        }
        DocsError::Unknown { name, near } => {
            let hint = if near.is_empty() {
                "leave `package` out to search all".to_owned()
            } else {
                format!("the nearest are: {}", near.join(", "))
            };
            let name = plain::line(&name, 100);
            ToolError::Refused(format!("No package {name} is installed here; {hint}."))
        }
        DocsError::NotInstalled { missing, .. } => ToolError::Refused(plain::line(
            &format!("{missing}; leave `package` out to search all others."),
            400,
        )),
        DocsError::Unreadable { package, source, .. } => ToolError::Refused(plain::line(
            &format!(
                "{package} is installed, but reading it failed: {source}; leave `package` out to search all others."
            ),
            400,
        )),
        other => ToolError::failed("The documentation could not be searched.", other),
    }
}
