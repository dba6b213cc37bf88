//! A language model that is loaded when it is first asked: a push whose commits
//! were reviewed before never reads the weights.

use std::ops::ControlFlow;
use std::sync::Mutex;

use super::{Completion, EngineError, Llm, LlmInfo, Message, Request};

type Load = Box<dyn Fn() -> Result<Box<dyn Llm>, EngineError> + Send + Sync>;

/// Stands for a model by what its manifest says of it.
pub struct Lazy {
    info: LlmInfo,
    load: Load,
    loaded: Mutex<Option<std::sync::Arc<dyn Llm>>>,
}

impl Lazy {
    /// `info` must be what the loaded model would say of itself.
    pub fn new(
        info: LlmInfo,
        load: impl Fn() -> Result<Box<dyn Llm>, EngineError> + Send + Sync + 'static,
    ) -> Self {
        Self { info, load: Box::new(load), loaded: Mutex::new(None) }
    }

    /// The model; a failed load is tried again at the next call.
    fn model(&self) -> Result<std::sync::Arc<dyn Llm>, EngineError> {
        let mut loaded = self.loaded.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(model) = loaded.as_ref() {
            return Ok(model.clone());
        }
        let model: std::sync::Arc<dyn Llm> = (self.load)()?.into();
        *loaded = Some(model.clone());
        Ok(model)
    }
}

impl Llm for Lazy {
    fn info(&self) -> &LlmInfo {
        &self.info
    }

    fn count(&self, text: &str) -> Result<usize, EngineError> {
        self.model()?.count(text)
    }

    fn count_prompt(&self, messages: &[Message], prefix: &str) -> Result<usize, EngineError> {
        self.model()?.count_prompt(messages, prefix)
    }

    fn complete(
        &self,
        request: &Request<'_>,
        on_text: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Completion, EngineError> {
        self.model()?.complete(request, on_text)
    }

    fn score(
        &self,
        messages: &[Message],
        prefix: &str,
        candidates: &[&str],
    ) -> Result<Vec<f64>, EngineError> {
        self.model()?.score(messages, prefix, candidates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::scripted::Scripted;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn the_model_is_loaded_once_and_only_when_asked() {
        let loads = Arc::new(AtomicUsize::new(0));
        let counted = loads.clone();
        let info = Scripted::new(true).info().clone();
        let lazy = Lazy::new(info, move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(Box::new(Scripted::new(true)))
        });
        assert!(lazy.info().judges);
        assert_eq!(loads.load(Ordering::Relaxed), 0);
        assert_eq!(lazy.count("12345678").unwrap(), 2);
        assert_eq!(lazy.count("1234").unwrap(), 1);
        assert_eq!(loads.load(Ordering::Relaxed), 1);
    }
}
