//! The way past one machine: a language model behind OpenAI's protocol on the
//! site's own network (llama-server, vLLM, SGLang), as a second [`Llm`].
//!
//! Off unless the user's own settings name an address. The review itself still
//! has no network: a relay, started before the network is closed, connects to
//! that address alone (`relay`, `link`). Forms are enforced by the server where
//! it can and always checked here (`gbnf`, `form`); log-probabilities come from
//! the server's list of the most probable tokens (`score`).

mod call;
mod chat;
mod count;
mod error;
mod form;
mod frame;
mod gbnf;
mod link;
#[cfg(feature = "endpoint")]
pub mod relay;
mod score;
mod server;
mod slot;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Completion, EngineError, Finish, Llm, LlmInfo, Message, Request};
use crate::config::{Address, Endpoint};
use call::{Caller, Watch, Written};
use chat::{Ask, Form};
use count::Counts;
use form::Checker;
use frame::Start;
use link::Link;
use score::Shares;
use server::Server;
use slot::Slots;

pub use error::{Fault, RemoteError};

const CHAT: &str = "v1/chat/completions";
/// How long a server may take to say what it is.
const QUICK: Duration = Duration::from_secs(10);
/// Bytes that a token has at most, on average over a reply.
const TOKEN_BYTES: usize = 64;
/// Tokens deep that beginnings of candidates are followed.
const SCORE_DEPTH: usize = 3;
/// Probability below which a beginning is not followed.
const NEGLIGIBLE: f64 = 1e-3;

/// A model at an endpoint.
pub struct Remote {
    info: LlmInfo,
    settings: Endpoint,
    caller: Caller,
    /// What answers there, once it was asked. A failure is remembered: all who
    /// ask in one review get the same answer, at once.
    server: Mutex<Option<Result<Arc<Server>, RemoteError>>>,
    checker: OnceLock<Checker>,
    counts: Counts,
    slots: Slots,
}

impl Remote {
    /// Starts the relay, `program relay`, and connects to nothing yet. To be
    /// called while the network is open; `certificates` is the text of the file
    /// that the settings name.
    pub fn start(
        settings: &Endpoint,
        program: &Path,
        api_key: Option<String>,
        certificates: Option<String>,
    ) -> Result<Self, RemoteError> {
        let wrong = |key, reason: &str| RemoteError::Setting { key, reason: reason.to_owned() };
        if !cfg!(feature = "endpoint") {
            return Err(wrong("endpoint.url", "this program was built without `endpoint`"));
        }
        let address = Address::parse(&settings.url).map_err(|e| wrong("endpoint.url", &e))?;
        if settings.model.trim().is_empty() {
            return Err(wrong("endpoint.model", "it names no model"));
        }
        let info = info(settings, &address);
        let start = Start {
            address: address.clone(),
            api_key,
            certificates,
            connect_seconds: settings.connect_seconds,
        };
        let caller = Caller {
            link: Link::start(program, &start)?,
            address: address.to_string(),
            retries: settings.retries,
            silence: Duration::from_secs(settings.silence_seconds.max(1)),
        };
        Ok(Self {
            info,
            settings: settings.clone(),
            caller,
            server: Mutex::default(),
            checker: OnceLock::new(),
            counts: Counts::default(),
            slots: Slots::new(settings.concurrency),
        })
    }

    /// What the kernel does not hold the relay to, for the report.
    pub fn note(&self) -> Option<String> {
        let reason = self.caller.link.unconfined()?;
        Some(format!("the relay to the endpoint is not wholly confined: {reason}"))
    }

    fn server(&self) -> Result<Arc<Server>, RemoteError> {
        let mut known = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert_with(|| self.ask_server().map(Arc::new)).clone()
    }

    fn ask_server(&self) -> Result<Server, RemoteError> {
        let get = |path: &str| match self.caller.json(path, None, QUICK) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_refusal() => Ok(None),
            Err(RemoteError::Malformed { .. }) => Ok(None),
            Err(error) => Err(error),
        };
        let server = Server::ask(self.settings.kind, &get)?;
        tracing::debug!(kind = ?server.kind, window = server.window, "asked the endpoint");
        match server.window {
            Some(offered) if offered < self.info.context => Err(RemoteError::Window {
                address: self.caller.address.clone(),
                offered,
                set: self.info.context,
            }),
            _ => Ok(server),
        }
    }

    fn checker(&self) -> Result<&Checker, EngineError> {
        if let Some(checker) = self.checker.get() {
            return Ok(checker);
        }
        let checker = Checker::new()?;
        Ok(self.checker.get_or_init(|| checker))
    }

    /// Tokens of a prompt; an error if they are known not to fit.
    fn fit(
        &self,
        server: &Server,
        messages: &[Message],
        prefix: &str,
    ) -> Result<(usize, bool), EngineError> {
        let context = self.info.context;
        match self.counts.prompt(&self.caller, &self.settings, server, messages, prefix) {
            (tokens, true) if tokens >= context => Err(EngineError::TooLong { tokens, context }),
            count => Ok(count),
        }
    }

    /// Attempts until one has the form, within the settings' number.
    fn write(
        &self,
        request: &Request<'_>,
        ask: &Ask<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Written, EngineError> {
        let most = TOKEN_BYTES.saturating_mul(ask.max_tokens).saturating_add(4096);
        let (mut attempt, mut send) = (0, true);
        let mut complaint: Option<String> = None;
        loop {
            let form = Form { grammar: request.grammar, send, complaint: complaint.as_deref() };
            let (body, sent) = ask.completion(request, form);
            let error = match self.caller.stream(CHAT, &body, ask.prefix, most, watch) {
                Ok(mut written) => match self.checked(request, &mut written, attempt + 1)? {
                    Ok(()) => return Ok(written),
                    Err(error) => error,
                },
                // The server may know no such form: then it is asked for in words.
                Err(error) if sent && error.is_refusal() => {
                    tracing::debug!(%error, "the form was refused");
                    send = false;
                    continue;
                }
                Err(error) if error.is_passing() => error,
                Err(error) => return Err(error.into()),
            };
            if attempt >= self.settings.retries {
                return Err(error.into());
            }
            tracing::debug!(%error, attempt, "trying the endpoint again");
            match error {
                RemoteError::Form { reason, .. } => complaint = Some(reason),
                // Not the model's fault; the server wants a pause.
                error if !watch.pause(attempt, &error) => return Ok(Written::empty()),
                _ => {}
            }
            attempt += 1;
        }
    }

    /// Whether a reply has the form, which it is then given as our grammars
    /// write it.
    fn checked(
        &self,
        request: &Request<'_>,
        written: &mut Written,
        attempts: u32,
    ) -> Result<Result<(), RemoteError>, EngineError> {
        if written.finish == Finish::Cancelled {
            return Ok(Ok(()));
        }
        if let Some(text) = self.without_prefix(request, &written.text) {
            written.text = text;
        }
        let Some(grammar) = request.grammar else { return Ok(Ok(())) };
        let cut = written.finish == Finish::Length;
        Ok(match self.checker()?.check(grammar, &written.text, cut) {
            Ok(text) => {
                written.text = text;
                Ok(())
            }
            Err(reason) => {
                let address = self.caller.address.clone();
                Err(RemoteError::Form { address, attempts, reason })
            }
        })
    }

    /// A server that cannot go on from words was asked to begin with them.
    fn without_prefix(&self, request: &Request<'_>, text: &str) -> Option<String> {
        let continues = self.server().ok()?.continues();
        let prefix = Some(request.prefix.trim()).filter(|p| !p.is_empty() && !continues)?;
        text.trim_start().strip_prefix(prefix).map(|rest| rest.trim_start().to_owned())
    }

    /// Scores after a prefix: what is known of each candidate, and the bound of
    /// what is not.
    fn score_after(
        &self,
        server: &Server,
        messages: &[Message],
        prefix: &str,
        candidates: &[&str],
        depth: usize,
    ) -> Result<Shares, EngineError> {
        let ask = Ask { settings: &self.settings, server, messages, prefix, max_tokens: 1 };
        let body = ask.next_token(candidates);
        let silence = self.caller.silence;
        let answer = match self.caller.json(CHAT, Some(&body), silence) {
            Err(error) if error.is_refusal() => {
                return Err(self.no_probabilities(error.to_string()));
            }
            answer => answer?,
        };
        let list = score::listed(&answer)
            .ok_or_else(|| self.no_probabilities("it lists no tokens".into()))?;
        let mut shares = score::shares(&list, candidates);
        for (token, logprob) in std::mem::take(&mut shares.begun) {
            let those = score::rests(candidates, &token);
            let follow = depth > 0 && server.continues() && logprob.exp() >= NEGLIGIBLE;
            let rests: Vec<&str> = those.iter().map(|(_, rest)| *rest).collect();
            let inner = match follow {
                true => {
                    let prefix = format!("{prefix}{token}");
                    Some(self.score_after(server, messages, &prefix, &rests, depth - 1)?)
                }
                false => None,
            };
            for (at, (n, _)) in those.iter().enumerate() {
                // Not followed, the beginning stands for the whole.
                let rest = inner.as_ref().map_or(0.0, |i| i.scores[at].unwrap_or(i.least));
                shares.add(*n, logprob + rest);
            }
        }
        Ok(shares)
    }

    fn no_probabilities(&self, reason: String) -> EngineError {
        EngineError::NoProbabilities { model: self.info.name.clone(), reason }
    }
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").field("info", &self.info).finish_non_exhaustive()
    }
}

/// The model by what the settings say: nothing is asked, so that a review that
/// is in the store needs no network. The key of a review contains it.
fn info(settings: &Endpoint, address: &Address) -> LlmInfo {
    let identity = json!([address, settings.model, settings.kind, settings.template]);
    LlmInfo {
        name: format!("{} at {address}", settings.model),
        digest: blake3::hash(identity.to_string().as_bytes()).to_hex().to_string(),
        architecture: "endpoint".into(),
        context: settings.context,
        judges: settings.judges,
        // Part of the digest.
        template: String::new(),
        device: "remote".into(),
    }
}

impl Llm for Remote {
    fn info(&self) -> &LlmInfo {
        &self.info
    }

    /// Estimated where the endpoint cannot be reached: what needs it fails then.
    fn count(&self, text: &str) -> Result<usize, EngineError> {
        Ok(match self.server() {
            Ok(server) => self.counts.text(&self.caller, &self.settings, &server, text).0,
            Err(_) => count::estimate(text),
        })
    }

    fn count_prompt(&self, messages: &[Message], prefix: &str) -> Result<usize, EngineError> {
        Ok(match self.server() {
            Ok(server) => {
                let (caller, settings) = (&self.caller, &self.settings);
                self.counts.prompt(caller, settings, &server, messages, prefix).0
            }
            Err(_) => count::estimate_prompt(messages, prefix),
        })
    }

    fn complete(
        &self,
        request: &Request<'_>,
        on_text: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Completion, EngineError> {
        if let Some(grammar) = request.grammar {
            self.checker()?.compile(grammar)?;
        }
        let server = self.server()?;
        let (prompt, counted) = self.fit(&server, request.messages, request.prefix)?;
        let room = self.info.context.saturating_sub(prompt).max(1);
        let ask = Ask {
            settings: &self.settings,
            server: &server,
            messages: request.messages,
            prefix: request.prefix,
            // An estimate is too high, and would cut a reply short.
            max_tokens: if counted { request.max_tokens.min(room) } else { request.max_tokens },
        };
        // Text without a form can be shown as it comes.
        let mut watch = Watch::new(request.deadline, request.grammar.is_some(), on_text);
        let began = Instant::now();
        let written = match self.slots.take(&mut || watch.is_over()) {
            Some(_slot) => self.write(request, &ask, &mut watch)?,
            None => Written::empty(),
        };
        let prefill = written.first.map_or_else(|| began.elapsed(), |first| first - began);
        let mut finish = written.finish;
        if request.grammar.is_some()
            && finish != Finish::Cancelled
            && watch.release(&written.text).is_break()
        {
            finish = Finish::Cancelled;
        }
        let usage =
            written.usage.unwrap_or(chat::Usage { prompt, cached: 0, completion: written.parts });
        Ok(Completion {
            text: written.text,
            finish,
            prompt_tokens: usage.prompt,
            cached_tokens: usage.cached,
            completion_tokens: usage.completion,
            prefill,
            decode: began.elapsed().saturating_sub(prefill),
        })
    }

    /// From the most probable tokens after the prefix, and after those that begin
    /// a candidate. What is not listed gets the least that is. The prefix goes
    /// without a blank at its end: tokens have theirs in front, and templates cut
    /// it off.
    fn score(
        &self,
        messages: &[Message],
        prefix: &str,
        candidates: &[&str],
    ) -> Result<Vec<f64>, EngineError> {
        let server = self.server()?;
        let prefix = prefix.trim_end();
        self.fit(&server, messages, prefix)?;
        let _slot = self.slots.take(&mut || false);
        let shares = self.score_after(&server, messages, prefix, candidates, SCORE_DEPTH)?;
        if shares.scores.iter().all(Option::is_none) {
            let reason = "no candidate is among the most probable tokens".into();
            return Err(self.no_probabilities(reason));
        }
        Ok(shares.scores.iter().map(|score| score.unwrap_or(shares.least)).collect())
    }
}
