//! Fetches what only some servers have: summaries, root causes and code mappings.
//! Whatever fails here leaves the export whole without it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::Reply;
use super::issue::rows;
use super::state::{Part, Work};
use super::{ExportError, Run, page};
use crate::sentry::json::{self, Object};

/// The reasons of summaries and root causes that are missing.
const FAILED: &str = "a summary or root cause, which the server could not send";
const REFUSED: &str = "a summary or root cause, which the server refused";
const NO_SUMMARIES: &str = "summaries of issues, which the server does not offer";
const NO_CAUSES: &str = "root causes of issues, which the server does not offer";
/// Pages of code mappings that are read.
const PAGES: usize = 50;
/// What is kept of a root-cause analysis: its state holds whole events and chats.
const KEPT: [&str; 4] = ["run_id", "sentry_run_id", "status", "updated_at"];
const STEPS: [&str; 2] = ["root_cause_analysis", "solution"];

/// Issues whose summary a server may refuse before it is taken to have none at all, unless
/// it gave one: the refusal may be of the one issue or project.
const REFUSALS: usize = 3;

/// How asking for summaries and root causes went so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seer {
    summary: Tries,
    analysis: Tries,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tries {
    given: bool,
    refused: usize,
}

impl Tries {
    fn are_over(self) -> bool {
        !self.given && self.refused >= REFUSALS
    }

    /// Counts an answer, and says of what is missing.
    fn count(&mut self, work: &mut Work, answer: &Soft, all: &str) {
        match answer {
            Soft::Given(_) => self.given = true,
            Soft::Failed => work.leave_out(FAILED),
            Soft::Refused => {
                self.refused += 1;
                work.leave_out(REFUSED);
                if self.are_over() {
                    work.take_back(REFUSED, REFUSALS);
                    work.leave_out_once(all);
                }
            }
        }
    }
}

/// Adds an issue's summary and root cause, where there are any.
pub(super) fn summary(run: &mut Run<'_>, issue: &str) -> Result<(), ExportError> {
    let path = format!("issues/{}/", page::encode(issue));
    let mut seer = run.work.state.seer.clone();
    if !seer.summary.are_over() {
        let reply = run.client.post(&run.in_org(&format!("{path}summarize/")), "{}");
        let answer = soft(run, reply)?;
        seer.summary.count(run.work, &answer, NO_SUMMARIES);
        if let Soft::Given(Value::Object(mut summary)) = answer
            && json::text(&summary, &["headline"]).is_some()
        {
            summary.insert("groupId".to_owned(), Value::from(issue));
            run.work.add(Part::Summaries, summary)?;
        }
    }
    if !seer.analysis.are_over() {
        let reply = run.client.get(&run.in_org(&format!("{path}autofix/")));
        let answer = soft(run, reply)?;
        seer.analysis.count(run.work, &answer, NO_CAUSES);
        if let Soft::Given(Value::Object(mut answer)) = answer
            && let Some(Value::Object(state)) = answer.remove("autofix")
            && let Some(analysis) = analysis(&state)
        {
            let record = Object::from_iter([
                ("groupId".to_owned(), Value::from(issue)),
                ("autofix".to_owned(), Value::Object(analysis)),
            ]);
            run.work.add(Part::Summaries, record)?;
        }
    }
    run.work.state.seer = seer;
    Ok(())
}

/// What became of a request that may be refused.
enum Soft {
    Given(Value),
    /// The server has no such thing.
    Refused,
    /// It has, but could not send this one.
    Failed,
}

/// Only where the server itself is gone, so is the export.
fn soft(run: &Run<'_>, reply: Result<Reply, ExportError>) -> Result<Soft, ExportError> {
    match reply {
        Ok(reply) if reply.is_success() => Ok(Soft::Given(reply.value)),
        Ok(_) | Err(ExportError::Denied { .. }) => Ok(Soft::Refused),
        Err(error) if run.is_alive() => {
            tracing::debug!(%error, "goes on without");
            Ok(Soft::Failed)
        }
        Err(error) => Err(error),
    }
}

/// The causes and solutions of either generation of analyses.
fn analysis(state: &Object) -> Option<Object> {
    let list = |key: &str| state.get(key).and_then(Value::as_array).into_iter().flatten();
    let steps: Vec<Value> = list("steps")
        .filter(|step| step.get("key").and_then(Value::as_str).is_some_and(|k| STEPS.contains(&k)))
        .map(|step| pick(step, &["key", "causes", "solution", "description"]))
        .collect();
    let blocks: Vec<Value> = list("blocks")
        .filter(|block| {
            block.get("artifacts").and_then(Value::as_array).is_some_and(|a| !a.is_empty())
        })
        .map(|block| pick(block, &["artifacts"]))
        .collect();
    if steps.is_empty() && blocks.is_empty() {
        return None;
    }
    let mut kept: Object =
        KEPT.iter().filter_map(|k| Some(((*k).to_owned(), state.get(*k)?.clone()))).collect();
    for (key, values) in [("steps", steps), ("blocks", blocks)] {
        if !values.is_empty() {
            kept.insert(key.to_owned(), Value::Array(values));
        }
    }
    Some(kept)
}

fn pick(value: &Value, keys: &[&str]) -> Value {
    keys.iter().filter_map(|k| Some(((*k).to_owned(), value.get(*k)?.clone()))).collect()
}

/// Adds the code mappings of the projects.
pub(super) fn mappings(run: &mut Run<'_>) -> Result<(), ExportError> {
    if run.work.state.mappings_done {
        return Ok(());
    }
    let own: Vec<&str> = run.work.state.listings.iter().map(|l| l.id.as_str()).collect();
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    let mut pages = 0;
    while pages < PAGES {
        pages += 1;
        let mut path = run.in_org("code-mappings/?per_page=100");
        if let Some(cursor) = &cursor {
            path.push_str(&format!("&cursor={}", page::encode(cursor)));
        }
        let reply = match run.client.get(&path) {
            Ok(reply) if reply.is_success() && reply.value.is_array() => reply,
            Ok(reply) if reply.is_success() => {
                run.work.leave_out_once("code mappings, which the server could not send");
                break;
            }
            other => {
                soft(run, other)?;
                run.work.leave_out_once("code mappings, which the server does not offer");
                break;
            }
        };
        found.extend(rows(reply.value).into_iter().filter(|mapping| {
            json::text(mapping, &["projectId"]).is_none_or(|id| own.contains(&id.as_str()))
        }));
        cursor = reply.next;
        if cursor.is_none() {
            break;
        }
    }
    if cursor.is_some() && pages == PAGES {
        run.work.leave_out_once("code mappings after the first 50 pages");
    }
    for mapping in found {
        run.work.add(Part::Mappings, mapping)?;
    }
    run.work.state.mappings_done = true;
    run.work.commit()
}
