//! A language model that answers until a number of tokens is spent.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Completion, EngineError, Llm, LlmInfo, Message, Request};

/// Counts the tokens of completions, prompts and replies together, as traces do; once they
/// are more than the limit, every request is refused. What runs then runs to its end.
struct Metered {
    model: Arc<dyn Llm>,
    limit: usize,
    spent: AtomicUsize,
}

/// A model that may take `limit` tokens; 0 leaves it as it is.
pub fn limited(model: Arc<dyn Llm>, limit: usize) -> Arc<dyn Llm> {
    match limit {
        0 => model,
        limit => Arc::new(Metered { model, limit, spent: AtomicUsize::new(0) }),
    }
}

impl Metered {
    fn check(&self) -> Result<(), EngineError> {
        match self.spent.load(Ordering::Relaxed) > self.limit {
            true => Err(EngineError::Spent { limit: self.limit }),
            false => Ok(()),
        }
    }
}

impl Llm for Metered {
    fn info(&self) -> &LlmInfo {
        self.model.info()
    }

    fn count(&self, text: &str) -> Result<usize, EngineError> {
        self.model.count(text)
    }

    fn count_prompt(&self, messages: &[Message], prefix: &str) -> Result<usize, EngineError> {
        self.model.count_prompt(messages, prefix)
    }

    fn complete(
        &self,
        request: &Request<'_>,
        on_text: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Completion, EngineError> {
        self.check()?;
        let completion = self.model.complete(request, on_text)?;
        let tokens = completion.prompt_tokens + completion.completion_tokens;
        self.spent.fetch_add(tokens, Ordering::Relaxed);
        Ok(completion)
    }

    fn score(
        &self,
        messages: &[Message],
        prefix: &str,
        candidates: &[&str],
    ) -> Result<Vec<f64>, EngineError> {
        self.check()?;
        self.model.score(messages, prefix, candidates)
    }
}
