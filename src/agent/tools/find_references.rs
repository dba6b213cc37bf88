//! Finds the places that use a name.

use std::sync::Arc;

use serde_json::Value;

use super::path;
use crate::agent::{Tool, ToolError, ToolOutput};
use crate::index::{Certainty, View};
use crate::plain;

pub struct FindReferences {
    view: Arc<View>,
}

impl FindReferences {
    pub fn new(view: Arc<View>) -> Self {
        Self { view }
    }
}

impl Tool for FindReferences {
    fn name(&self) -> &str {
        "find_references"
    }

    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let name = path::text(arguments, "name");
        let targets = self.view.symbols(name).map_err(path::failed)?;
        // A qualified name that fits one definition asks about that one.
        let target = match &targets[..] {
            [one] => Some(one),
            _ => None,
        };
        let scope = path::scope(&self.view, arguments)?;
        let mut references = self.view.references(name, target).map_err(path::failed)?;
        references.retain(|r| scope.holds(&self.view, &r.path));
        // The surest first, calls before mentions; tests and what is vendored last.
        let languages = self.view.languages();
        references.sort_by_key(|r| {
            (std::cmp::Reverse(r.certainty), !r.call, languages.standing(&r.path))
        });
        let shown = references.len().min(path::MAX_ROWS);
        self.view.quote(&mut references[..shown]).map_err(path::failed)?;
        let rows = references
            .iter()
            .map(|r| {
                let within = r.within.as_deref().map(|w| format!(" in {w}")).unwrap_or_default();
                let doubt = match r.certainty {
                    Certainty::ByName => " (same name, perhaps another thing)",
                    Certainty::ByImport | Certainty::Exact => "",
                };
                let head = plain::line(&format!("{}:{}{within}{doubt}", r.path, r.line), 200);
                let text = path::shown(&r.text);
                (format!("{head}\n    {text}"), Some(path::hit(name, &r.path, r.line, &r.text)))
            })
            .collect();
        let nothing = format!(
            "Nothing uses {}{} in this repository. search_text finds any text.",
            plain::line(name, 100),
            path::place(arguments)
        );
        Ok(path::listing(rows, &nothing))
    }
}
