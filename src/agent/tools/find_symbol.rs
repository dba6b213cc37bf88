//! Finds definitions by name.

use std::sync::Arc;

use serde_json::Value;

use super::{outline, path};
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
        let symbols = self.view.symbols(name).map_err(path::failed)?;
        // Rows beyond the limit are counted only.
        let rows = symbols
            .iter()
            .enumerate()
            .map(|(n, s)| match n {
                n if n < path::MAX_RESULTS => outline::row(&self.view, name, s),
                _ => (String::new(), None),
            })
            .collect();
        let nothing = format!(
            "Nothing named {} is defined in this repository; it may come from a library. \
             search_text finds any text.",
            plain::line(name, 100)
        );
        Ok(path::listing(rows, &nothing))
    }
}
