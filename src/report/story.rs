//! The trace of a review, told as its story: stage by stage, what each agent
//! was asked, wrote, called and got.

use std::io::{self, Write};

use anstyle::{AnsiColor, Effects, Style};

use super::plain::plain;
use super::{count, duration};
use crate::store::{TraceEvent, TraceKind};

/// A prompt must share this many bytes with an earlier one for the shared part
/// to be left out.
const SHARED: usize = 200;

/// Writes a trace for a person.
#[derive(Debug, Clone, Copy)]
pub struct Story {
    pub color: bool,
}

impl Story {
    pub fn write(&self, review: &str, trace: &[TraceEvent], out: &mut dyn Write) -> io::Result<()> {
        if trace.is_empty() {
            return writeln!(out, "The review {review} has no trace.");
        }
        let mut chapter = None;
        for (n, event) in trace.iter().enumerate() {
            if chapter != Some((&event.stage, &event.agent)) {
                let gap = if chapter.is_some() { "\n" } else { "" };
                let title = format!("{} {}", plain(&event.stage), plain(&event.agent));
                writeln!(out, "{gap}{}", self.paint(title.trim(), BOLD))?;
                chapter = Some((&event.stage, &event.agent));
            }
            self.event(n, event, &trace[..n], out)?;
        }
        self.total(trace, out)
    }

    fn event(
        &self,
        n: usize,
        event: &TraceEvent,
        earlier: &[TraceEvent],
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let (word, style) = match event.kind {
            TraceKind::Prompt => ("prompt", PROMPT),
            TraceKind::Completion => ("the model wrote", MODEL),
            TraceKind::ToolCall => ("called", TOOL),
            TraceKind::ToolResult => ("got", TOOL),
            TraceKind::Note => ("note", BOLD),
            TraceKind::Cut => ("cut to fit", BOLD),
            TraceKind::Score => ("scores", MODEL),
        };
        let cost = cost(event).map(|c| format!("  ({c})")).unwrap_or_default();
        let (text, shared) = match event.kind {
            TraceKind::Prompt => unshared(&event.text, earlier),
            _ => (event.text.as_str(), None),
        };
        let text = plain(text);
        let text = text.trim_end();
        // A short note needs no line of its own.
        let short = shared.is_none() && text.chars().count() <= 90 && !text.contains('\n');
        let inline = if short && event.kind == TraceKind::Note {
            format!(": {text}")
        } else {
            String::new()
        };
        writeln!(
            out,
            "  {} {}{inline}{cost}",
            self.paint(&format!("#{}", n + 1), DIM),
            self.paint(word, style)
        )?;
        if let Some((bytes, as_in)) = shared {
            let what = format!("… begins like #{}, {bytes} bytes", as_in + 1);
            writeln!(out, "     {}", self.paint(&what, DIM))?;
        }
        if inline.is_empty() {
            for line in text.lines() {
                writeln!(out, "     {} {line}", self.paint("|", DIM))?;
            }
        }
        Ok(())
    }

    fn total(&self, trace: &[TraceEvent], out: &mut dyn Write) -> io::Result<()> {
        let sum = |of: fn(&TraceEvent) -> usize| trace.iter().map(of).sum::<usize>();
        let all = TraceEvent {
            stage: String::new(),
            agent: String::new(),
            kind: TraceKind::Note,
            text: String::new(),
            prompt_tokens: sum(|e| e.prompt_tokens),
            cached_tokens: sum(|e| e.cached_tokens),
            completion_tokens: sum(|e| e.completion_tokens),
            milliseconds: trace.iter().map(|e| e.milliseconds).sum(),
        };
        let calls = trace.iter().filter(|e| e.kind == TraceKind::ToolCall).count();
        let replies = trace.iter().filter(|e| e.kind == TraceKind::Completion).count();
        writeln!(
            out,
            "\n{} {}, {}, {}",
            self.paint("in all", BOLD),
            count(replies, "completion"),
            count(calls, "tool call"),
            cost(&all).unwrap_or_else(|| "no time measured".to_owned())
        )
    }

    fn paint(&self, text: &str, style: Style) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

const BOLD: Style = Style::new().effects(Effects::BOLD);
const DIM: Style = Style::new().effects(Effects::DIMMED);
const PROMPT: Style = AnsiColor::Blue.on_default();
const MODEL: Style = AnsiColor::Green.on_default();
const TOOL: Style = AnsiColor::Yellow.on_default();

/// Tokens and time, if any were counted.
fn cost(event: &TraceEvent) -> Option<String> {
    let mut parts = Vec::new();
    let cached = 100 * event.cached_tokens.min(event.prompt_tokens);
    if let Some(share) = cached.checked_div(event.prompt_tokens) {
        parts.push(format!("{} tokens in, {share}% cached", event.prompt_tokens));
    }
    if event.completion_tokens > 0 {
        parts.push(format!("{} out", event.completion_tokens));
    }
    if event.milliseconds > 0 {
        parts.push(duration(event.milliseconds));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What a prompt adds to the earlier one that it shares most with; also the
/// bytes left out and the index of that one.
fn unshared<'a>(text: &'a str, earlier: &[TraceEvent]) -> (&'a str, Option<(usize, usize)>) {
    let best = earlier
        .iter()
        .enumerate()
        .filter(|(_, e)| e.kind == TraceKind::Prompt)
        .map(|(n, e)| (shared_lines(text, &e.text), n))
        // The first of equals: where the text is shown.
        .rev()
        .max_by_key(|(bytes, _)| *bytes);
    match best {
        Some((bytes, n)) if bytes >= SHARED => (&text[bytes..], Some((bytes, n))),
        _ => (text, None),
    }
}

/// Bytes of the whole lines that two texts begin with alike.
fn shared_lines(a: &str, b: &str) -> usize {
    let same = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    if same == a.len() {
        return same;
    }
    a.as_bytes()[..same].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(stage: &str, agent: &str, kind: TraceKind, text: &str) -> TraceEvent {
        TraceEvent {
            stage: stage.into(),
            agent: agent.into(),
            kind,
            text: text.into(),
            prompt_tokens: 0,
            cached_tokens: 0,
            completion_tokens: 0,
            milliseconds: 0,
        }
    }

    #[test]
    fn a_trace_reads_like_a_story() {
        let shared = format!("You review a change.\n{}\n", "The diff is long. ".repeat(12).trim());
        let trace = [
            event("filter", "", TraceKind::Note, "two files are left"),
            event("draft", "", TraceKind::Prompt, &format!("{shared}What is new?")),
            TraceEvent {
                prompt_tokens: 812,
                cached_tokens: 203,
                completion_tokens: 45,
                milliseconds: 1234,
                ..event(
                    "draft",
                    "",
                    TraceKind::Completion,
                    "I look at \u{1b}[31mtotal.\nThen more.",
                )
            },
            event("draft", "", TraceKind::ToolCall, r#"find_symbol {"name": "total"}"#),
            TraceEvent {
                milliseconds: 3,
                ..event("draft", "", TraceKind::ToolResult, "shop/cart.py:3")
            },
            event("verify", "H1", TraceKind::Prompt, &format!("{shared}Is it real?")),
            event("verify", "H1", TraceKind::Cut, "400 tokens of the diff"),
            event("verify", "H1", TraceKind::Score, "valid -0.1, invalid -2.4"),
        ];
        let mut out = Vec::new();
        Story { color: false }.write("r1", &trace, &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r#"
    filter
      #1 note: two files are left

    draft
      #2 prompt
         | You review a change.
         | The diff is long. The diff is long. The diff is long. The diff is long. The diff is long. The diff is long. The diff is long. The diff is long. The diff is long. The diff is long. The diff is long. The diff is long.
         | What is new?
      #3 the model wrote  (812 tokens in, 25% cached, 45 out, 1.2 s)
         | I look at total.
         | Then more.
      #4 called
         | find_symbol {"name": "total"}
      #5 got  (3 ms)
         | shop/cart.py:3

    verify H1
      #6 prompt
         … begins like #2, 237 bytes
         | Is it real?
      #7 cut to fit
         | 400 tokens of the diff
      #8 scores
         | valid -0.1, invalid -2.4

    in all 1 completion, 1 tool call, 812 tokens in, 25% cached, 45 out, 1.2 s
    "#);
    }

    #[test]
    fn shared_beginnings_end_at_a_line() {
        assert_eq!(shared_lines("a\nbc\n", "a\nbd\n"), 2);
        assert_eq!(shared_lines("same", "same and more"), 4);
        assert_eq!(shared_lines("é\nx", "è\nx"), 0);
    }
}
