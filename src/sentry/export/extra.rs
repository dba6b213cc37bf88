//! Fetches what only some servers have: summaries, root causes and code mappings.
//! Whatever fails here leaves the export whole without it.

use serde_json::Value;

use super::client::Reply;
use super::issue::rows;
use super::state::Part;
use super::{ExportError, Run, page};
use crate::sentry::json::{self, Object};

/// The reason of a summary or root cause that is missing.
const FAILED: &str = "a summary or root cause, which the server could not send";
/// Pages of code mappings that are read.
const PAGES: usize = 50;
/// What is kept of a root-cause analysis: its state holds whole events and chats.
const KEPT: [&str; 4] = ["run_id", "sentry_run_id", "status", "updated_at"];
const STEPS: [&str; 2] = ["root_cause_analysis", "solution"];

/// Which of the two a server has refused; it is not asked again.
#[derive(Debug, Default)]
pub(super) struct Seer {
    no_summary: bool,
    no_analysis: bool,
}

/// Adds an issue's summary and root cause, where there are any.
pub(super) fn summary(run: &mut Run<'_>, issue: &str, seer: &mut Seer) -> Result<(), ExportError> {
    let path = format!("issues/{}/", page::encode(issue));
    if !seer.no_summary {
        let reply = run.client.post(&run.in_org(&format!("{path}summarize/")), "{}");
        match soft(run, reply)? {
            Soft::Given(Value::Object(mut summary))
                if json::text(&summary, &["headline"]).is_some() =>
            {
                summary.insert("groupId".to_owned(), Value::from(issue));
                run.work.add(Part::Summaries, summary)?;
            }
            Soft::Given(_) => {}
            Soft::Failed => run.work.leave_out(FAILED),
            Soft::Refused => {
                seer.no_summary = true;
                run.work.leave_out_once("summaries of issues, which the server does not offer");
            }
        }
    }
    if !seer.no_analysis {
        let reply = run.client.get(&run.in_org(&format!("{path}autofix/")));
        match soft(run, reply)? {
            Soft::Given(Value::Object(mut answer)) => {
                if let Some(Value::Object(state)) = answer.remove("autofix")
                    && let Some(analysis) = analysis(&state)
                {
                    let record = Object::from_iter([
                        ("groupId".to_owned(), Value::from(issue)),
                        ("autofix".to_owned(), Value::Object(analysis)),
                    ]);
                    run.work.add(Part::Summaries, record)?;
                }
            }
            Soft::Given(_) => {}
            Soft::Failed => run.work.leave_out(FAILED),
            Soft::Refused => {
                seer.no_analysis = true;
                run.work.leave_out_once("root causes of issues, which the server does not offer");
            }
        }
    }
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
    for _ in 0..PAGES {
        let mut path = run.in_org("code-mappings/?per_page=100");
        if let Some(cursor) = &cursor {
            path.push_str(&format!("&cursor={}", page::encode(cursor)));
        }
        let reply = match run.client.get(&path) {
            Ok(reply) if reply.is_success() => reply,
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
    for mapping in found {
        run.work.add(Part::Mappings, mapping)?;
    }
    run.work.state.mappings_done = true;
    run.work.commit()
}
