//! Brings the verdicts together: the same bug once, nothing that was there
//! before, and the Sentry issues of all evidence.

use serde_json::json;

use crate::change::LineKind;
use crate::engine::Message;
use crate::finding::{Answer, Evidence, Hypothesis, IssueLink, Judge, Source};

use super::run::Run;
use super::verify::Verified;
use super::{Cause, ReviewError};

/// Lines between two hypotheses of one file within which a model is asked
/// whether they are one bug.
const NEAR: u32 = 12;

/// A valid hypothesis with the issues that it rests on.
pub(super) struct Gathered {
    pub verified: Verified,
    pub issues: Vec<IssueLink>,
}

/// Drops invalid hypotheses and those that the change did not bring in, merges
/// those that are one bug, and attaches issues.
pub(super) fn gather(run: &mut Run, verified: Vec<Verified>) -> Result<Vec<Gathered>, ReviewError> {
    let mut trace = run.begin("gather", "merging results");
    let mut kept: Vec<Verified> = Vec::new();
    for one in verified {
        let confidence = Some(one.verdict.confidence);
        if one.verdict.answer == Answer::Invalid {
            let (cause, reason) = match one.verdict.judge {
                Judge::Model(_) => (Cause::Refuted, format!("refuted: {}", one.verdict.reason)),
                Judge::Program => (Cause::Unproven, one.verdict.reason.clone()),
            };
            run.drop(&mut trace, "gather", &one.hypothesis, cause, reason, confidence);
        } else if !introduced(run, &one.hypothesis) {
            let reason = "the change does not touch this place".to_owned();
            let cause = Cause::Untouched;
            run.drop(&mut trace, "gather", &one.hypothesis, cause, reason, confidence);
        } else if let Some(twin) = twin(run, &kept, &one.hypothesis, &mut trace)? {
            let reason = format!("the same bug as \"{}\"", kept[twin].hypothesis.title);
            let cause = Cause::SameBug;
            run.drop(&mut trace, "gather", &one.hypothesis, cause, reason, confidence);
            absorb(&mut kept[twin], one);
        } else {
            kept.push(one);
        }
    }
    let mut gathered = Vec::new();
    for verified in kept {
        let issues = issues(run, &verified.hypothesis.evidence)?;
        gathered.push(Gathered { verified, issues });
    }
    run.end(trace);
    Ok(gathered)
}

/// Whether the place lies in a hunk, that is within what the change shows.
fn introduced(run: &Run, hypothesis: &Hypothesis) -> bool {
    let Some(file) = run.change.file(&hypothesis.location.path) else { return false };
    let (start, end) = (hypothesis.location.start, hypothesis.location.end);
    file.hunks.iter().any(|hunk| {
        let touches = hunk.lines.iter().any(|l| l.kind != LineKind::Context);
        // A hunk that only removes lines still has its place in the head.
        let last = hunk.new_start + hunk.new_lines.max(1) - 1;
        touches && start <= last && hunk.new_start <= end
    })
}

/// The one of `kept` that is the same bug: at the same place, or near it and a
/// model that may judge says so.
fn twin(
    run: &Run,
    kept: &[Verified],
    hypothesis: &Hypothesis,
    trace: &mut crate::agent::Trace,
) -> Result<Option<usize>, ReviewError> {
    for (n, other) in kept.iter().enumerate() {
        let other = &other.hypothesis;
        if other.location.overlaps(&hypothesis.location) {
            return Ok(Some(n));
        }
        let near = other.location.path == hypothesis.location.path
            && other.location.start.abs_diff(hypothesis.location.start) <= NEAR;
        let Some(agent) = run.agent().filter(|_| near) else { continue };
        let describe = |h: &Hypothesis| {
            crate::agent::prompt::fence(
                "finding",
                &format!("{} ({})\n{}", h.title, h.location, h.mechanism),
            )
        };
        let values = json!({ "first": describe(other), "second": describe(hypothesis) });
        let question = run.prompts.render("gather/same", values)?;
        let system = run.prompts.render("system", json!({ "tools": [] }))?;
        let mut messages = vec![Message::system(system)];
        let asked = agent.choose(&mut messages, question, "Answer: ", &["yes", "no"], trace);
        let asked = asked.map_err(|error| trace.note(error.to_string()));
        let Ok(Some(shares)) = asked else { continue };
        if run.judged() && shares.first().is_some_and(|p| *p >= 0.5) {
            return Ok(Some(n));
        }
    }
    Ok(None)
}

/// Adds another's evidence and raises the rating to the higher of both.
fn absorb(into: &mut Verified, other: Verified) {
    for evidence in other.hypothesis.evidence {
        if !into.hypothesis.evidence.iter().any(|e| e.quote == evidence.quote) {
            into.hypothesis.evidence.push(evidence);
        }
    }
    into.verdict.severity = into.verdict.severity.max(other.verdict.severity);
    into.verdict.confidence = into.verdict.confidence.max(other.verdict.confidence);
}

/// The issues among the evidence, with their titles from the cache.
fn issues(run: &Run, evidence: &[Evidence]) -> Result<Vec<IssueLink>, ReviewError> {
    let mut links: Vec<IssueLink> = Vec::new();
    for evidence in evidence {
        let Source::Issue { id, .. } = &evidence.source else { continue };
        if links.iter().any(|l| l.id == *id) {
            continue;
        }
        let issue = run.sentry().issue(id)?;
        links.push(IssueLink {
            id: issue.id,
            short_id: issue.short_id,
            title: issue.title,
            url: issue.permalink,
        });
    }
    Ok(links)
}
