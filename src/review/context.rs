//! The prompt that all agents of a review share: who they are, and the change.
//!
//! It stands first in every conversation, so the engine computes it once.

use serde_json::{Value, json};

use crate::agent::{Ledger, Passage, Trace, budget, prompt};
use crate::change::{ChangedFile, Hunk, LineKind, Status};
use crate::engine::Message;
use crate::finding::{Side, Source};
use crate::store::TraceKind;

use super::ReviewError;
use super::run::Run;

/// Memories shown to agents.
const MAX_MEMORIES: usize = 12;
/// Tokens left for what follows the shared prompt: task, tool answers, replies.
const ROOM: usize = 900;

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
    let tools: Vec<Value> = run
        .toolbox
        .specs()
        .iter()
        .map(|spec| {
            let names = spec.parameters["properties"].as_object();
            let names: Vec<&String> = names.into_iter().flatten().map(|(name, _)| name).collect();
            let arguments = names.iter().map(|n| n.as_str()).collect::<Vec<_>>().join(", ");
            json!({ "name": spec.name, "arguments": arguments, "description": spec.description })
        })
        .collect();
    let system = run.prompts.render("system", json!({ "tools": tools }))?;
    let mut ledger = Ledger::default();
    let pieces = hunks(run, files);
    let kept = match run.world.llm.as_deref() {
        None => vec![true; pieces.len()],
        Some(llm) => {
            let config = &run.world.config.agent;
            let window = llm.info().context.saturating_sub(config.max_reply_tokens);
            let limit = config.max_prompt_tokens.min(window);
            let used = llm.count(&system)? + ROOM;
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
            diff.push_str(&piece.path);
            diff.push('\n');
            path = &piece.path;
        }
        diff.push_str(&piece.text);
        ledger.show(piece.passages.iter().cloned());
    }
    let mentions: Vec<String> = run.change.files.iter().filter_map(mention).collect();
    let words: Vec<String> = run
        .change
        .commits
        .iter()
        .map(|c| format!("{}\n{}", c.subject, c.body).trim().to_owned())
        .chain(std::iter::once(run.change.description.trim().to_owned()))
        .filter(|w| !w.is_empty())
        .collect();
    let description = words.join("\n\n");
    let memories: Vec<&str> =
        run.memories.iter().rev().take(MAX_MEMORIES).map(|m| m.text.as_str()).collect();
    let change = run.prompts.render(
        "context",
        json!({
            "description": fenced_unless_empty("description", &description),
            "memories": memories,
            "mentions": mentions,
            "history": fenced_unless_empty("history", &history(run, files)?),
            "diff": prompt::fence("diff", &diff),
            "cut": cut,
        }),
    )?;
    Ok(Context { system, change, ledger })
}

fn fenced_unless_empty(kind: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { prompt::fence(kind, text) }
}

/// A line on a file that is gone or only moved.
fn mention(file: &ChangedFile) -> Option<String> {
    match file.status {
        Status::Deleted => Some(format!("{} is deleted", file.path)),
        Status::Renamed => Some(format!("{} was {}", file.path, file.base_path())),
        _ => None,
    }
}

struct Piece {
    name: String,
    path: String,
    text: String,
    passages: Vec<Passage>,
}

/// The hunks of the chosen files, the most error-prone file first.
fn hunks(run: &Run, files: &[String]) -> Vec<Piece> {
    let files = files.iter().filter_map(|path| run.change.file(path));
    files
        .flat_map(|file| {
            file.hunks.iter().map(move |hunk| Piece {
                name: format!("{}:{}", file.path, hunk.new_start),
                path: file.path.clone(),
                text: render(hunk),
                passages: passages(file, hunk),
            })
        })
        .collect()
}

/// A hunk with the head's line numbers.
fn render(hunk: &Hunk) -> String {
    let mut text = String::from("@@\n");
    for line in &hunk.lines {
        let body = crate::plain::plain(&line.text);
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
fn passages(file: &ChangedFile, hunk: &Hunk) -> Vec<Passage> {
    let mut passages: Vec<Passage> = Vec::new();
    for line in &hunk.lines {
        let body = crate::plain::plain(&line.text);
        let (side, number, path) = match (line.kind, line.old, line.new) {
            (LineKind::Removed, Some(n), _) => (Side::Old, n, file.base_path()),
            (_, _, Some(n)) => (Side::New, n, file.path.as_str()),
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

/// What failed in production in the changed functions, a line each.
fn history(run: &Run, files: &[String]) -> Result<String, ReviewError> {
    const MAX: usize = 6;
    let mut lines: Vec<String> = Vec::new();
    for path in files {
        let Some(file) = run.change.file(path) else { continue };
        for (line, _) in file.added_lines() {
            let Some(symbol) = run.head.enclosing(path, line)? else { continue };
            for found in run.sentry().by_function(path, &symbol.name, 3)? {
                let issue = &found.issue;
                let text = format!(
                    "{}: {} in {} of {path}, {} times",
                    issue.short_id.as_deref().unwrap_or(&issue.id),
                    issue.title,
                    symbol.qualified,
                    issue.count
                );
                if lines.len() < MAX && !lines.contains(&text) {
                    lines.push(text);
                }
            }
        }
    }
    Ok(crate::plain::plain(&lines.join("\n")))
}
