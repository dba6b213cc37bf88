//! Finds definitions by name.

use std::sync::Arc;

use serde_json::Value;

use super::path;
use crate::agent::{Tool, ToolError, ToolOutput};
use crate::index::View;
use crate::plain;

pub struct FindSymbol {
    view: Arc<View>,
}

impl FindSymbol {
    pub fn new(view: Arc<View>) -> Self {
        Self { view }
    }
}

impl Tool for FindSymbol {
    fn name(&self) -> &str {
        "find_symbol"
    }

    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let name = path::text(arguments, "name");
        let scope = path::scope(&self.view, arguments)?;
        let mut symbols = self.view.symbols(name).map_err(path::failed)?;
        symbols.retain(|s| scope.holds(&self.view, &s.path));
        symbols.sort_by_key(|s| self.view.languages().standing(&s.path));
        let rows = symbols
            .iter()
            .map(|s| {
                let text = self.view.snapshot().text(&s.path).ok().flatten();
                let source = text.as_ref().and_then(|t| t.line(s.line)).unwrap_or_default();
                let found = path::Found {
                    path: &s.path,
                    line: s.line,
                    what: format!("{} {}", s.kind.as_str(), s.qualified),
                    signature: &s.signature,
                    doc: s.doc.as_deref(),
                    source,
                };
                found.row(name)
            })
            .collect();
        let nothing = format!(
            "Nothing named {}{} is defined in this repository; it may come from a library. \
             search_text finds any text.",
            plain::line(name, 100),
            path::place(arguments)
        );
        Ok(path::listing(rows, &nothing))
    }
}
