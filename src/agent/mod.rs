//! Agents: a conversation with a model that may call tools until it concludes.

pub mod budget;
mod code;
mod ledger;
pub mod prompt;
pub mod tool;
pub mod tools;
mod trace;
mod turn;

use std::ops::ControlFlow;
use std::time::Instant;

use serde_json::{Value, json};

use crate::engine::{EngineError, Finish, Grammar, Llm, Message, Request, Role, Sampling};
use crate::store::TraceKind;

pub use ledger::Ledger;
pub use prompt::{PromptError, Prompts};
pub use tool::{Passage, Tool, ToolError, ToolOutput, ToolSpec};
pub use trace::Trace;
pub use turn::compact;

use turn::{Action, TurnForm};

/// The tools on offer, with their words.
pub struct Toolbox {
    specs: Vec<ToolSpec>,
    tools: Vec<Box<dyn Tool>>,
}

impl Toolbox {
    /// Keeps the words of the tools that exist, in the order of the words.
    pub fn new(specs: Vec<ToolSpec>, tools: Vec<Box<dyn Tool>>) -> Self {
        let specs =
            specs.into_iter().filter(|s| tools.iter().any(|t| t.name() == s.name)).collect();
        Self { specs, tools }
    }

    pub fn specs(&self) -> &[ToolSpec] {
        &self.specs
    }

    fn call(&self, name: &str, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let spec = self.specs.iter().find(|s| s.name == name);
        let tool = self.tools.iter().find(|t| t.name() == name);
        let (Some(spec), Some(tool)) = (spec, tool) else {
            let names: Vec<&str> = self.specs.iter().map(|s| s.name.as_str()).collect();
            return Err(ToolError::Refused(format!(
                "There is no tool `{name}`. The tools are: {}.",
                names.join(", ")
            )));
        };
        turn::check_arguments(spec, arguments).map_err(ToolError::Refused)?;
        tool.call(arguments)
    }
}

/// Bounds of one agent.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Turns, the concluding one included.
    pub steps: usize,
    pub reply_tokens: usize,
    pub answer_tokens: usize,
    /// Most tokens of a prompt; at most the window less a reply.
    pub prompt_tokens: usize,
    pub deadline: Option<Instant>,
    pub seed: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Prompt(#[from] PromptError),
}

/// One agent: who answers, with which tools, within which bounds.
pub struct Agent<'a> {
    pub llm: &'a dyn Llm,
    pub toolbox: &'a Toolbox,
    pub limits: Limits,
    /// Paths a call may name besides those that were shown.
    pub paths: &'a [String],
}

/// How the trace says that an agent was stopped by its deadline.
pub const OUT_OF_TIME: &str = "stopped: the agent's time ran out";

/// How the trace says that a verdict has no probability, so that it cannot count.
pub const NO_PROBABILITY: &str = "no probability offered";

/// Most paths put into one grammar: beyond, compiling it costs more than it
/// helps.
const MAX_PATHS: usize = 300;
/// Pages beyond are not looked for.
const MAX_PAGE: usize = 100;
/// Most lines a model may choose a quote from.
const MAX_QUOTES: usize = 1000;

impl Agent<'_> {
    /// Lets the model call tools until it gives a result. `schema` makes the
    /// result's schema from what has been shown so far. The conversation, the
    /// ledger and the trace grow. `None`: no usable result within the limits,
    /// the trace says why.
    pub fn run(
        &self,
        messages: &mut Vec<Message>,
        ledger: &mut Ledger,
        trace: &mut Trace,
        schema: &dyn Fn(&Ledger, &mut Trace) -> Result<Value, PromptError>,
    ) -> Result<Option<Value>, AgentError> {
        let mut calls: Vec<(String, Value)> = Vec::new();
        // A model that repeats a call goes in circles: it must conclude next.
        let mut circling = false;
        for step in 1..=self.limits.steps {
            let last = circling || step == self.limits.steps;
            self.make_room(messages, trace)?;
            let tools = if last { Vec::new() } else { self.offered(ledger) };
            let result = schema(ledger, trace)?;
            let form = TurnForm { tools: &tools, result: Some(&result) };
            let Some(reply) = self.reply(messages, "", &form.grammar(), trace)? else {
                return Ok(None);
            };
            let answer = match turn::parse(&reply) {
                Ok(turn) => match turn.action {
                    Action::Result(value) => {
                        messages.push(Message::assistant(reply));
                        return Ok(Some(value));
                    }
                    Action::Call { tool, arguments } => {
                        trace.add(TraceKind::ToolCall, format!("{tool} {arguments}"));
                        let call = (tool, arguments);
                        if calls.contains(&call) {
                            circling = true;
                            "You made this very call before; its answer stands above. \
                             Conclude now."
                                .to_owned()
                        } else {
                            let answer = self.answer(&call.0, &call.1, ledger, trace)?;
                            calls.push(call);
                            answer
                        }
                    }
                },
                Err(complaint) => complaint,
            };
            trace.add(TraceKind::ToolResult, answer.clone());
            messages.push(Message::assistant(reply));
            messages.push(Message::user(prompt::fence("answer", &answer)));
        }
        trace.note("the agent reached its last step without a result");
        Ok(None)
    }

    /// Asks once for JSON of a schema. `None` when the reply was cut off.
    pub fn ask(
        &self,
        messages: &mut Vec<Message>,
        question: String,
        schema: &Value,
        trace: &mut Trace,
    ) -> Result<Option<Value>, AgentError> {
        trace.add(TraceKind::Prompt, question.clone());
        say(messages, question);
        self.make_room(messages, trace)?;
        let grammar = Grammar::Json(compact(schema));
        let Some(reply) = self.reply(messages, "", &grammar, trace)? else { return Ok(None) };
        let value = serde_json::from_str(&reply).ok();
        if value.is_none() {
            trace.note("the reply is not complete JSON and was dropped");
        }
        messages.push(Message::assistant(reply));
        Ok(value)
    }

    /// Probabilities of the candidates as the answer to a question, summing to
    /// one. `None` from a model that offers none; the trace says so.
    pub fn choose(
        &self,
        messages: &mut Vec<Message>,
        question: String,
        prefix: &str,
        candidates: &[&str],
        trace: &mut Trace,
    ) -> Result<Option<Vec<f64>>, AgentError> {
        trace.add(TraceKind::Prompt, question.clone());
        say(messages, question);
        self.make_room(messages, trace)?;
        let start = Instant::now();
        let scores = match self.llm.score(messages, prefix, candidates) {
            Err(error @ EngineError::NoProbabilities { .. }) => {
                trace.note(format!("{NO_PROBABILITY}: {error}"));
                return Ok(None);
            }
            scores => scores?,
        };
        let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = scores.iter().map(|s| (s - most).exp()).collect();
        let sum: f64 = weights.iter().sum();
        let shares: Vec<f64> = weights.iter().map(|w| w / sum).collect();
        let rows: Vec<String> = candidates
            .iter()
            .zip(scores.iter().zip(&shares))
            .map(|(c, (s, p))| format!("{}: log-probability {s:.4}, share {p:.4}", c.trim()))
            .collect();
        trace.timed(TraceKind::Score, rows.join("\n"), start.elapsed().as_millis() as u64);
        Ok(Some(shares))
    }

    fn reply(
        &self,
        messages: &[Message],
        prefix: &str,
        grammar: &Grammar,
        trace: &mut Trace,
    ) -> Result<Option<String>, AgentError> {
        let request = Request {
            messages,
            prefix,
            grammar: Some(grammar),
            sampling: Sampling { seed: self.limits.seed, ..Sampling::default() },
            max_tokens: self.limits.reply_tokens,
            deadline: self.limits.deadline,
        };
        let completion = match self.llm.complete(&request, &mut |_| ControlFlow::Continue(())) {
            // What could be cut was cut; this question is left out, the
            // review goes on.
            Err(EngineError::TooLong { tokens, context }) => {
                let cut = format!("a question of {tokens} tokens, the window has {context}");
                trace.add(TraceKind::Cut, cut);
                return Ok(None);
            }
            other => other?,
        };
        trace.completion(&completion);
        if completion.finish == Finish::Cancelled {
            trace.note(OUT_OF_TIME);
            return Ok(None);
        }
        Ok(Some(completion.text))
    }

    /// Calls a tool and shows its answer within its budget.
    fn answer(
        &self,
        tool: &str,
        arguments: &Value,
        ledger: &mut Ledger,
        trace: &mut Trace,
    ) -> Result<String, AgentError> {
        let output = match self.toolbox.call(tool, arguments) {
            Ok(output) => output,
            Err(error) => return Ok(error.to_string()),
        };
        let foot = match output.foot.as_str() {
            "" => String::new(),
            foot => format!("\n{foot}"),
        };
        let limit = self.limits.answer_tokens.saturating_sub(self.llm.count(&foot)?);
        let number = arguments.get("page").and_then(Value::as_u64).unwrap_or(1);
        let number = usize::try_from(number).unwrap_or(usize::MAX).clamp(1, MAX_PAGE);
        let (page, passages, more) = if output.rows.is_empty() {
            (output.text.as_str(), output.passages.as_slice(), 0)
        } else {
            let (rows, last) = budget::page(self.llm, &output, number, limit)?;
            if rows.is_empty() {
                return Ok(format!("There is no page {number}; the last is page {last}."));
            }
            let more = output.rows.len() - rows.end;
            let (page, passages) = output.part(rows);
            (page, passages, more)
        };
        let (mut text, left_out) = budget::head(self.llm, page, limit)?;
        ledger.show(passages.iter().filter_map(|p| shown(p, &text)));
        if more > 0 {
            let next = number + 1;
            text.push_str(&format!("\n({more} more; \"page\": {next} shows them)"));
        }
        if left_out > 0 {
            trace.add(TraceKind::Cut, format!("{left_out} lines of the answer of {tool}"));
            text.push_str(&format!("\n({left_out} more lines; ask for less at once)"));
        }
        text.push_str(&foot);
        Ok(text)
    }

    /// The tools with their arguments narrowed to paths and issues that exist;
    /// a tool whose argument could be nothing is not offered.
    fn offered(&self, ledger: &Ledger) -> Vec<ToolSpec> {
        let mut paths = ledger.paths();
        paths.extend(self.paths.iter().filter(|p| !ledger.paths().contains(p)).cloned());
        paths.truncate(MAX_PATHS);
        let issues = ledger.issues();
        let narrow = |spec: &ToolSpec| {
            let mut spec = spec.clone();
            for schema in spec.parameters["properties"].as_object_mut()?.values_mut() {
                let choices = match schema["format"].as_str() {
                    Some("path") => &paths,
                    Some("issue") => &issues,
                    _ => continue,
                };
                if choices.is_empty() {
                    return None;
                }
                *schema = json!({ "enum": choices });
            }
            Some(spec)
        };
        self.toolbox.specs.iter().filter_map(narrow).collect()
    }

    /// Shortens the oldest tool answers until the conversation fits.
    fn make_room(&self, messages: &mut [Message], trace: &mut Trace) -> Result<(), AgentError> {
        let window = self.llm.info().context.saturating_sub(self.limits.reply_tokens + 1);
        let limit = self.limits.prompt_tokens.min(window);
        // The system prompt and the first message hold the task and stay.
        for n in 2..messages.len().saturating_sub(1) {
            let tokens = self.llm.count_prompt(messages, "")?;
            if tokens <= limit {
                return Ok(());
            }
            const GONE: &str = "(cut to make room)";
            if messages[n].text.len() > 200 {
                trace.add(
                    TraceKind::Cut,
                    format!("message {n} of the conversation, which had {tokens} tokens"),
                );
                messages[n].text = GONE.to_owned();
            }
        }
        Ok(())
    }
}

/// The part of a passage that stands in the text the model was shown.
fn shown(passage: &Passage, text: &str) -> Option<Passage> {
    let lines: Vec<&str> = passage.text.lines().take_while(|l| text.contains(l.trim())).collect();
    (!lines.is_empty()).then(|| Passage { text: lines.join("\n"), source: passage.source.clone() })
}

/// Adds a user's words: to the last message if that is a user's too, since
/// many templates refuse two in a row.
fn say(messages: &mut Vec<Message>, text: String) {
    match messages.last_mut() {
        Some(last) if last.role == Role::User => {
            last.text.push_str("\n\n");
            last.text.push_str(&text);
        }
        _ => messages.push(Message::user(text)),
    }
}

/// The lines that a quote may be. Of too many the last are offered: what was
/// shown last is what a question is about.
pub fn quote_schema(mut quotes: Vec<String>, trace: &mut Trace) -> Value {
    let surplus = quotes.len().saturating_sub(MAX_QUOTES);
    if surplus > 0 {
        trace.add(TraceKind::Cut, format!("{surplus} lines that could not be quoted"));
        quotes.drain(..surplus);
    }
    if quotes.is_empty() { json!({ "const": "" }) } else { json!({ "enum": quotes }) }
}
