//! Lets the production history look into the reviewed tree: stack frames are placed
//! in its functions.

use std::sync::Arc;

use crate::index::View;
use crate::sentry::{Code, SentryError};

impl Code for View {
    fn definitions(&self, name: &str) -> Result<Vec<(String, u32, u32)>, SentryError> {
        let symbols = self.symbols(name).map_err(|e| SentryError::Code(e.into()))?;
        let exact = symbols.into_iter().filter(|s| s.name == name);
        Ok(exact.map(|s| (s.path, s.start, s.end)).collect())
    }

    fn text(&self, path: &str) -> Result<Option<Arc<str>>, SentryError> {
        Ok(self.snapshot().text(path)?.map(|text| text.text))
    }
}
