//! The prompt that all agents of a review share: who they are, and the change.
//!
//! It stands first in every conversation, so the engine computes it once.

use serde_json::{Value, json};

use crate::agent::{Ledger, Passage, PromptError, Prompts, ToolSpec, Trace, budget, prompt};
use crate::change::{ChangedFile, DiffLine, LineKind, Status};
use crate::engine::Message;
use crate::finding::{Side, Source};
use crate::impact;
use crate::plain;
use crate::store::TraceKind;

use super::run::Run;
use super::{ReviewError, history};

/// Memories shown to agents.
const MAX_MEMORIES: usize = 12;
/// Characters of a line that is no code: a path, a fact.
const LINE: usize = 300;
/// Tokens of what stands beside the change.
const DESCRIPTION: usize = 500;
const FACTS: usize = 300;
const MENTIONS: usize = 200;
const HISTORY: usize = 300;
/// Past failures that are shown at most.
const FAILURES: usize = 6;
const IMPACT: usize = 400;
/// Lines of a hunk that stay together; a new file is one hunk however long.
const PIECE: usize = 60;
/// Tokens left for what follows the shared prompt: task, tool answers, replies.
const ROOM: usize = 1060;

/// The shared start of every conversation, and what it shows.
pub(super) struct Context {
    pub system: String,
    pub change: String,
    pub ledger: Ledger,
}

impl Context {
    /// A conversation that ends with a task.
    pub fn messages(&self, task: &str) -> Vec<Message> {
        vec![
            Message::system(self.system.clone()),
            Message::user(format!("{}\n\n{task}", self.change)),
        ]
    }
}

/// Renders the shared prompt within the token limits; hunks that do not fit
/// are cut, the riskiest files' last, and recorded.
pub(super) fn context(
    run: &Run,
    files: &[String],
    trace: &mut Trace,
) -> Result<Context, ReviewError> {
    let system = system(&run.prompts, run.toolbox.specs())?;
    let mut ledger = Ledger::default();
    let pieces = hunks(run, files);
    let words: Vec<String> = run
        .change
        .commits
        .iter()
        .map(|c| format!("{}\n{}", c.subject, c.body).trim().to_owned())
        .chain(std::iter::once(run.change.description.trim().to_owned()))
        .filter(|w| !w.is_empty())
        .collect();
    let memories: Vec<String> =
        run.memories.iter().rev().take(MAX_MEMORIES).map(|m| plain::line(&m.text, LINE)).collect();
    let mentions: Vec<String> = run.change.files.iter().filter_map(mention).collect();
    let mut fit = |kind: &str, text: String, limit: usize| -> Result<String, ReviewError> {
        let Some(llm) = run.world.llm.as_deref().filter(|_| !text.is_empty()) else {
            return Ok(text);
        };
        let (kept, left_out) = budget::head(llm, &text, limit)?;
        if left_out > 0 {
            trace.add(TraceKind::Cut, format!("{left_out} lines of the {kind}"));
        }
        Ok(prompt::fence(kind, &kept))
    };
    let description = fit("description", words.join("\n\n"), DESCRIPTION)?;
    let memories = fit("facts", memories.join("\n"), FACTS)?;
    let mentions = fit("files", mentions.join("\n"), MENTIONS)?;
    let impact = fit("impact", impact(run, files)?, IMPACT)?;
    let history = match run.world.llm.as_deref() {
        None => String::new(),
        Some(llm) => {
            let past = run.history.brief(FAILURES, &run.sentry())?;
            history::show(llm, past, HISTORY, &mut ledger, trace)?
        }
    };
    let kept = match run.world.llm.as_deref() {
        None => vec![true; pieces.len()],
        Some(llm) => {
            let config = &run.world.config.agent;
            let window = llm.info().context.saturating_sub(config.max_reply_tokens);
            let limit = config.max_prompt_tokens.min(window);
            let mut used = llm.count(&system)? + ROOM;
            for text in [&description, &memories, &mentions, &history, &impact] {
                used += llm.count(text)?;
            }
            let sizes: Vec<(String, String)> =
                pieces.iter().map(|p| (p.name.clone(), p.text.clone())).collect();
            let (kept, cuts) = budget::choose(llm, &sizes, limit.saturating_sub(used))?;
            for cut in cuts {
                trace.add(TraceKind::Cut, cut.to_string());
            }
            kept
        }
    };
    let cut = kept.iter().filter(|k| !**k).count();
    let mut diff = String::new();
    let mut path = "";
    for (piece, _) in pieces.iter().zip(&kept).filter(|(_, kept)| **kept) {
        if piece.path != path {
            diff.push_str(&plain::line(&piece.path, LINE));
            diff.push('\n');
            path = &piece.path;
        }
        diff.push_str(&piece.text);
        ledger.show(piece.passages.iter().cloned());
    }
    let change = run.prompts.render(
        "context",
        json!({
            "description": description,
            "memories": memories,
            "mentions": mentions,
            "history": history,
            "impact": impact,
            "diff": prompt::fence("diff", &diff),
            "cut": cut,
        }),
    )?;
    Ok(Context { system, change, ledger })
}

/// The first message of every conversation: who the agents are, and their tools.
fn system(prompts: &Prompts, tools: &[ToolSpec]) -> Result<String, PromptError> {
    let tools: Vec<Value> = tools
        .iter()
        .map(|spec| {
            let names = spec.parameters["properties"].as_object();
            let needed = spec.parameters["required"].as_array();
            let needed = |name: &str| needed.into_iter().flatten().any(|n| n == name);
            let names = names.into_iter().flatten().map(|(name, _)| match needed(name) {
                true => name.clone(),
                false => format!("[{name}]"),
            });
            let arguments = names.collect::<Vec<_>>().join(", ");
            json!({ "name": spec.name, "arguments": arguments, "description": spec.description })
        })
        .collect();
    prompts.render("system", json!({ "tools": tools }))
}

/// The prompt for a change of one hunk that nothing else is known of.
pub(super) fn alone(
    prompts: &Prompts,
    tools: &[ToolSpec],
    path: &str,
    lines: &[DiffLine],
) -> Result<Context, PromptError> {
    let mut ledger = Ledger::default();
    ledger.show(passages(path, path, lines));
    let diff = format!("{}\n{}", plain::line(path, LINE), render(lines));
    let change = prompts.render(
        "context",
        json!({
            "description": "", "memories": "", "mentions": "", "history": "", "impact": "",
            "diff": prompt::fence("diff", &diff),
            "cut": 0,
        }),
    )?;
    Ok(Context { system: system(prompts, tools)?, change, ledger })
}

/// A line on a file that is gone or only moved.
fn mention(file: &ChangedFile) -> Option<String> {
    match file.status {
        Status::Deleted => Some(plain::line(&format!("{} is deleted", file.path), LINE)),
        Status::Renamed => {
            Some(plain::line(&format!("{} was {}", file.path, file.base_path()), LINE))
        }
        _ => None,
    }
}

struct Piece {
    name: String,
    path: String,
    text: String,
    passages: Vec<Passage>,
}

/// The hunks of the chosen files in parts, the most error-prone file first.
fn hunks(run: &Run, files: &[String]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for file in files.iter().filter_map(|path| run.change.file(path)) {
        for hunk in &file.hunks {
            for lines in hunk.lines.chunks(PIECE) {
                let first = lines.iter().find_map(|l| l.new).unwrap_or(hunk.new_start);
                pieces.push(Piece {
                    name: format!("{}:{first}", file.path),
                    path: file.path.clone(),
                    text: render(lines),
                    passages: passages(&file.path, file.base_path(), lines),
                });
            }
        }
    }
    pieces
}

/// A part of a hunk with the head's line numbers.
fn render(lines: &[DiffLine]) -> String {
    let mut text = String::from("@@\n");
    for line in lines {
        let body = plain::plain(&line.text);
        let number = line.new.map(|n| n.to_string()).unwrap_or_default();
        let sign = match line.kind {
            LineKind::Added => '+',
            LineKind::Removed => '-',
            LineKind::Context => ' ',
        };
        text.push_str(&format!("{sign}{number:>5} {body}\n"));
    }
    text
}

/// What of a hunk may be quoted: runs of head lines, and runs of removed ones.
pub(super) fn passages(path: &str, base_path: &str, lines: &[DiffLine]) -> Vec<Passage> {
    let mut passages: Vec<Passage> = Vec::new();
    for line in lines {
        let body = plain::plain(&line.text);
        let (side, number, path) = match (line.kind, line.old, line.new) {
            (LineKind::Removed, Some(n), _) => (Side::Old, n, base_path),
            (_, _, Some(n)) => (Side::New, n, path),
            _ => continue,
        };
        if let Some(Passage { source: Source::Diff { side: s, end, .. }, text }) =
            passages.last_mut()
            && *s == side
            && *end + 1 == number
        {
            *end = number;
            text.push('\n');
            text.push_str(&body);
            continue;
        }
        let path = path.to_owned();
        passages.push(Passage {
            source: Source::Diff { path, start: number, end: number, side },
            text: body,
        });
    }
    passages
}

/// What the change does to symbols that others depend on, a line each.
fn impact(run: &Run, files: &[String]) -> Result<String, ReviewError> {
    const MAX: usize = 8;
    let impact = impact::assess(&run.change, files, &run.base, &run.head)?;
    Ok(impact::brief(&impact, MAX).join("\n"))
}
