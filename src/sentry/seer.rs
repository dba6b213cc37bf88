//! Reads what Sentry's own models wrote of an issue: summaries, and the root causes
//! of autofix states of both generations. Of a state, which embeds whole events and
//! conversations, nothing else is taken.

use serde_json::Value;

use super::clean::cut;
use super::json::{Object, field, items, object, text};
use super::record::Note;
use super::trace::VALUE;

/// Root causes, and steps of each, that are kept.
const CAUSES: usize = 3;
const STEPS: usize = 8;
/// Keys that name the issue.
const ISSUE: [&str; 5] = ["groupId", "group_id", "issue_id", "issueId", "groupID"];

/// Reads a summary.
pub(super) fn summary(raw: &Object) -> Note {
    Note {
        issue: text(raw, &ISSUE),
        title: text(raw, &["headline"]),
        summary: words(raw),
        ..Note::default()
    }
}

/// The words of a summary, camelCase or snake_case.
pub(super) fn words(raw: &Object) -> Option<String> {
    let keys: [&[&str]; 3] =
        [&["headline"], &["whatsWrong", "whats_wrong"], &["possibleCause", "possible_cause"]];
    join(keys.iter().filter_map(|keys| text(raw, keys)))
}

/// Reads an autofix state; one without a root cause has nothing to say.
pub(super) fn autofix(raw: &Object) -> Note {
    let state = object(raw, &["autofix"]).unwrap_or(raw);
    let request = object(state, &["request"]).and_then(|r| object(r, &["issue"]));
    Note {
        issue: text(raw, &ISSUE)
            .or_else(|| text(state, &ISSUE))
            .or_else(|| text(request?, &["id", "short_id"])),
        title: request.and_then(|issue| text(issue, &["title"])),
        root_cause: root_cause(state),
        ..Note::default()
    }
}

/// Reads one root cause that names no issue.
pub(super) fn single(raw: &Object) -> Note {
    Note { root_cause: cause(raw), appends: true, ..Note::default() }
}

/// The root cause and the proposed solution of a state.
pub(super) fn root_cause(state: &Object) -> Option<String> {
    let mut parts = Vec::new();
    for step in state.get("steps").map(items).unwrap_or_default() {
        match text(step, &["key", "type"]).as_deref() {
            Some("root_cause_analysis") => {
                let causes = step.get("causes").map(items).unwrap_or_default();
                parts.extend(causes.into_iter().take(CAUSES).filter_map(cause));
            }
            Some("solution") => {
                let steps = step.get("solution").map(items).unwrap_or_default();
                parts.extend(solution(text(step, &["description"]), &steps));
            }
            _ => {}
        }
    }
    for artifact in state.get("blocks").map(items).unwrap_or_default() {
        for artifact in artifact.get("artifacts").map(items).unwrap_or_default() {
            let Some(data) = object(artifact, &["data"]) else { continue };
            match text(artifact, &["key"]).as_deref() {
                Some("root_cause") => {
                    let whys = data.get("five_whys").and_then(Value::as_array);
                    let whys = whys.into_iter().flatten().filter_map(super::json::scalar);
                    parts.extend(text(data, &["one_line_description"]));
                    parts.extend(join(whys.map(|why| format!("- {why}"))));
                }
                Some("solution") => {
                    let steps = data.get("steps").map(items).unwrap_or_default();
                    parts.extend(solution(text(data, &["one_line_summary"]), &steps));
                }
                _ => {}
            }
        }
    }
    join(parts.into_iter())
}

/// A cause: what it is, and the steps that lead to it, with their files.
fn cause(raw: &Object) -> Option<String> {
    let mut parts: Vec<String> =
        ["title", "description"].iter().filter_map(|k| text(raw, &[k])).collect();
    let steps = field(raw, &["root_cause_reproduction", "code_context"]).map(items);
    for step in steps.unwrap_or_default().into_iter().take(STEPS) {
        let file = object(step, &["relevant_code_file", "snippet"])
            .and_then(|file| text(file, &["file_path"]));
        let said = text(step, &["title"])
            .into_iter()
            .chain(text(step, &["code_snippet_and_analysis", "description"]))
            .collect::<Vec<_>>()
            .join(": ");
        match file {
            Some(file) => parts.push(format!("- {file}: {said}")),
            None if !said.is_empty() => parts.push(format!("- {said}")),
            None => {}
        }
    }
    join(parts.into_iter())
}

fn solution(head: Option<String>, steps: &[&Object]) -> Option<String> {
    let titles = steps.iter().take(STEPS).filter_map(|s| text(s, &["title"]));
    let said = join(head.into_iter().chain(titles.map(|title| format!("- {title}"))))?;
    Some(format!("proposed solution: {said}"))
}

fn join(parts: impl Iterator<Item = String>) -> Option<String> {
    let all = parts.collect::<Vec<_>>().join("\n");
    (!all.is_empty()).then(|| cut(&all, VALUE))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Note {
        autofix(value.as_object().unwrap())
    }

    #[test]
    fn both_generations_of_autofix_states_are_read() {
        let first = read(json!({"autofix": {"run_id": 1, "status": "COMPLETED",
        "request": {"issue": {"id": 7, "title": "KeyError: total"}, "chat": "never kept"},
        "steps": [
            {"key": "root_cause_analysis", "causes": [{"id": 0, "description": "No total.",
                "root_cause_reproduction": [{"title": "The cart is empty",
                    "code_snippet_and_analysis": "`sum(cart)` sets none",
                    "relevant_code_file": {"file_path": "shop/cart.py"}}]}]},
            {"key": "solution", "description": "Set it.", "solution": [{"title": "Default 0"}]},
        ]}}));
        assert_eq!(first.issue.as_deref(), Some("7"));
        assert_eq!(
            first.root_cause.as_deref(),
            Some(
                "No total.\n- shop/cart.py: The cart is empty: `sum(cart)` sets none\n\
                 proposed solution: Set it.\n- Default 0"
            )
        );
        let second = read(json!({"run_id": 1, "issue_id": "8", "blocks": [{"artifacts": [
            {"key": "root_cause", "data": {"one_line_description": "No total.",
                "five_whys": ["The cart is empty."]}},
            {"key": "solution", "data": null},
        ]}]}));
        assert_eq!(second.issue.as_deref(), Some("8"));
        assert_eq!(second.root_cause.as_deref(), Some("No total.\n- The cart is empty."));
        assert_eq!(read(json!({"autofix": null})).root_cause, None);
    }

    #[test]
    fn summaries_are_written_two_ways() {
        for value in [
            json!({"groupId": "1", "headline": "a", "whatsWrong": "b", "possibleCause": "c"}),
            json!({"group_id": 1, "headline": "a", "whats_wrong": "b", "possible_cause": "c"}),
        ] {
            let note = summary(value.as_object().unwrap());
            assert_eq!(
                (note.issue.as_deref(), note.summary.as_deref()),
                (Some("1"), Some("a\nb\nc"))
            );
        }
    }
}
