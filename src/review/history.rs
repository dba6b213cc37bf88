//! The production history of a change: looked up once, shown to every agent.

use crate::agent::{Ledger, Passage, Trace, budget, prompt};
use crate::engine::{EngineError, Llm};
use crate::history::{Entry, History};
use crate::plain;
use crate::store::TraceKind;

use super::run::Run;

/// Looks up what failed before around the chosen files. Without it a review goes on,
/// and says so.
pub(super) fn look_up(run: &mut Run, files: &[String], trace: &mut Trace) -> History {
    match History::of(&run.change, files, &run.head, &run.sentry()) {
        Ok(history) => history,
        Err(error) => {
            let why = plain::line(&error.to_string(), 300);
            let note = format!("the production history could not be looked up: {why}");
            trace.note(&note);
            run.notes.push(note);
            History::default()
        }
    }
}

/// The entries that fit into `limit` tokens, fenced and entered into the ledger, so that
/// they can be quoted and their ids asked about; empty if there are none.
pub(super) fn show(
    llm: &dyn Llm,
    entries: Vec<Entry>,
    limit: usize,
    ledger: &mut Ledger,
    trace: &mut Trace,
) -> Result<String, EngineError> {
    let pieces: Vec<(String, String)> =
        entries.iter().map(|e| (e.source.to_string(), e.text.clone())).collect();
    let (kept, cuts) = budget::choose(llm, &pieces, limit)?;
    for cut in cuts {
        trace.add(TraceKind::Cut, format!("history: {cut}"));
    }
    let kept: Vec<Entry> =
        entries.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(e, _)| e).collect();
    if kept.is_empty() {
        return Ok(String::new());
    }
    let text = kept.iter().map(|e| e.text.as_str()).collect::<Vec<_>>().join("\n");
    ledger.show(kept.into_iter().map(|e| Passage { source: e.source, text: e.text }));
    Ok(prompt::fence("history", &text))
}
