//! A language model that says what a test wrote: drives the pipeline's logic
//! without weights.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::time::Duration;

use super::{Completion, EngineError, Finish, Llm, LlmInfo, Message, Request};

/// What the script answers to a prompt.
pub struct Rule {
    /// Every one must occur in the conversation (messages and prefix).
    pub when: Vec<String>,
    pub reply: Reply,
    /// Uses left; `None` for any number.
    pub times: Option<usize>,
}

pub enum Reply {
    /// A completion.
    Text(String),
    /// Log-probabilities by candidate; candidates not named get -20.
    Scores(Vec<(String, f64)>),
    /// A failure, to test what becomes of it.
    Fail(String),
}

/// The first rule that fits answers; what none fits is an error that shows the
/// end of the prompt, so a test says what it met.
pub struct Scripted {
    info: LlmInfo,
    rules: Mutex<Vec<Rule>>,
    /// Every conversation that was asked, in order.
    log: Mutex<Vec<String>>,
    pause: Duration,
}

impl Scripted {
    pub fn new(judges: bool) -> Self {
        let info = LlmInfo {
            name: "scripted".into(),
            digest: "scripted".into(),
            architecture: "scripted".into(),
            context: 8192,
            judges,
            template: String::new(),
            device: "cpu".into(),
        };
        Self { info, rules: Mutex::default(), log: Mutex::default(), pause: Duration::ZERO }
    }

    /// Takes that long over each answer.
    pub fn slow(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    pub fn with_context(mut self, context: usize) -> Self {
        self.info.context = context;
        self
    }

    pub fn on(self, when: &[&str], reply: Reply) -> Self {
        self.rule(when, reply, None)
    }

    pub fn once(self, when: &[&str], reply: Reply) -> Self {
        self.rule(when, reply, Some(1))
    }

    /// Adds another script's rules after these.
    pub fn chain(self, other: Self) -> Self {
        let others = std::mem::take(&mut *other.rules.lock().unwrap());
        self.rules.lock().unwrap().extend(others);
        self
    }

    fn rule(self, when: &[&str], reply: Reply, times: Option<usize>) -> Self {
        let when = when.iter().map(|&w| w.to_owned()).collect();
        self.rules.lock().unwrap().push(Rule { when, reply, times });
        self
    }

    pub fn prompts(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    fn answer<T>(
        &self,
        messages: &[Message],
        prefix: &str,
        pick: impl Fn(&Reply) -> Option<Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        std::thread::sleep(self.pause);
        let mut conversation: String =
            messages.iter().map(|m| format!("[{:?}] {}\n", m.role, m.text)).collect();
        conversation.push_str(prefix);
        self.log.lock().unwrap().push(conversation.clone());
        let mut rules = self.rules.lock().unwrap();
        for rule in rules.iter_mut() {
            if rule.times == Some(0) || !rule.when.iter().all(|w| conversation.contains(w)) {
                continue;
            }
            let Some(answer) = pick(&rule.reply) else { continue };
            rule.times = rule.times.map(|t| t - 1);
            return answer;
        }
        let tail: String =
            conversation.chars().rev().take(600).collect::<Vec<_>>().into_iter().rev().collect();
        Err(EngineError::Grammar(format!("the script has no answer to: …{tail}")))
    }
}

impl Llm for Scripted {
    fn info(&self) -> &LlmInfo {
        &self.info
    }

    fn count(&self, text: &str) -> Result<usize, EngineError> {
        Ok(text.len().div_ceil(4))
    }

    fn count_prompt(&self, messages: &[Message], prefix: &str) -> Result<usize, EngineError> {
        Ok(messages.iter().map(|m| m.text.len().div_ceil(4) + 4).sum::<usize>()
            + prefix.len().div_ceil(4))
    }

    fn complete(
        &self,
        request: &Request<'_>,
        on_text: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Completion, EngineError> {
        let prompt_tokens = self.count_prompt(request.messages, request.prefix)?;
        if prompt_tokens >= self.info.context {
            return Err(EngineError::TooLong { tokens: prompt_tokens, context: self.info.context });
        }
        let text = self.answer(request.messages, request.prefix, |reply| match reply {
            Reply::Text(text) => Some(Ok(text.clone())),
            Reply::Fail(why) => Some(Err(EngineError::Grammar(why.clone()))),
            Reply::Scores(_) => None,
        })?;
        let broken = on_text(&text).is_break();
        Ok(Completion {
            completion_tokens: self.count(&text)?,
            text,
            finish: if broken { Finish::Cancelled } else { Finish::Stop },
            prompt_tokens,
            cached_tokens: 0,
            prefill: Duration::ZERO,
            decode: Duration::ZERO,
        })
    }

    fn score(
        &self,
        messages: &[Message],
        prefix: &str,
        candidates: &[&str],
    ) -> Result<Vec<f64>, EngineError> {
        self.answer(messages, prefix, |reply| match reply {
            Reply::Scores(scores) => Some(Ok(candidates
                .iter()
                .map(|c| scores.iter().find(|(name, _)| name == c.trim()).map_or(-20.0, |s| s.1))
                .collect())),
            _ => None,
        })
    }
}
