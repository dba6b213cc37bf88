//! Lists the symbols of a file.

use std::sync::Arc;

use serde_json::Value;

use super::path;
use crate::agent::{Tool, ToolError, ToolOutput};
use crate::index::View;
use crate::plain;

pub struct Outline {
    view: Arc<View>,
}

impl Outline {
    pub fn new(view: Arc<View>) -> Self {
        Self { view }
    }
}

impl Tool for Outline {
    fn name(&self) -> &str {
        "outline"
    }

    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let path = path::file(self.view.snapshot(), path::text(arguments, "path"))?;
        let symbols = self.view.outline(&path).map_err(path::failed)?;
        if symbols.is_empty() {
            return Ok(ToolOutput {
                text: format!("{path} has no known symbols; read_lines shows its text."),
                ..ToolOutput::default()
            });
        }
        let rows = symbols
            .iter()
            .map(|s| {
                let (kind, name) = (s.kind.as_str(), &s.qualified);
                let row = format!("{}-{} {kind} {name}: {}", s.start, s.end, s.signature);
                (plain::line(&row, 200), None)
            })
            .collect();
        Ok(path::listing(rows, ""))
    }
}
