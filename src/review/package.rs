//! Makes verified hypotheses presentable, and keeps back what is too uncertain,
//! too small, or what the team does not want to see.

use crate::finding::{
    EXPLANATION_WORDS, Finding, Location, SHORT_WORDS, TITLE_WORDS, finding_id, round3,
};
use crate::plain::at_most;

use super::dislike::Dislikes;
use super::gather::Gathered;
use super::run::Run;
use super::{Cause, ReviewError};

/// Drops findings below the thresholds or near to ones voted down, anchors the
/// rest on lines of the diff, and writes them. Most severe first.
pub(super) fn package(run: &mut Run, gathered: Vec<Gathered>) -> Result<Vec<Finding>, ReviewError> {
    let mut trace = run.begin("package", "writing findings");
    let review = run.world.config.review.clone();
    let embedder = run.world.embedder.clone();
    let dislikes = Dislikes::load(&run.world)?;
    let mut findings = Vec::new();
    for one in gathered {
        let hypothesis = one.verified.hypothesis.clone();
        let finding = finding(run, one)?;
        let words = finding.words();
        let reason = if finding.confidence < review.min_confidence {
            Some((Cause::LowConfidence, format!("confidence below {}", review.min_confidence)))
        } else if finding.severity < review.min_severity {
            let reason = format!("severity {} below {}", finding.severity, review.min_severity);
            Some((Cause::LowSeverity, reason))
        } else if dislikes.names(&finding.id) {
            Some((Cause::VotedDown, "the team voted this finding down".to_owned()))
        } else {
            let near = dislikes.near(embedder.as_deref(), &words)?;
            near.map(|(text, cosine)| {
                let reason = format!("similar ({cosine:.2}) to what was voted down: {text}");
                (Cause::VotedDown, reason)
            })
        };
        match reason {
            Some((cause, reason)) => {
                let confidence = Some(finding.confidence);
                run.drop(&mut trace, "package", &hypothesis, cause, reason, confidence);
            }
            None => findings.push(finding),
        }
    }
    findings.sort_by(|a, b| {
        b.severity
            .total_cmp(&a.severity)
            .then_with(|| b.confidence.total_cmp(&a.confidence))
            .then_with(|| a.location.cmp(&b.location))
    });
    run.end(trace);
    Ok(findings)
}

fn finding(run: &Run, one: Gathered) -> Result<Finding, ReviewError> {
    let (hypothesis, verdict) = (one.verified.hypothesis, one.verified.verdict);
    let location = hypothesis.location;
    let file = run.change.file(&location.path);
    let anchor = file.and_then(|f| f.anchor(location.start)).unwrap_or(location.start);
    let text = run.head.snapshot().text(&location.path)?;
    let line = text.as_ref().and_then(|t| t.line(location.start)).unwrap_or_default();
    let id = finding_id(&hypothesis.kind, &location.path, hypothesis.symbol.as_deref(), line);
    let assumption = hypothesis.assumption.trim();
    let mut explanation = hypothesis.mechanism.clone();
    if !assumption.is_empty() {
        explanation.push_str(&format!("\n\nThe change assumes: {assumption}"));
    }
    Ok(Finding {
        id,
        origin: hypothesis.origin,
        rule: hypothesis.rule,
        kind: hypothesis.kind,
        title: at_most(&hypothesis.title, TITLE_WORDS),
        short: at_most(&hypothesis.mechanism, SHORT_WORDS),
        explanation: at_most(&explanation, EXPLANATION_WORDS),
        fix: hypothesis.fix,
        anchor: Location::line(location.path.as_str(), anchor),
        location,
        symbol: hypothesis.symbol,
        prior: round3(hypothesis.prior),
        severity: round3(verdict.severity),
        confidence: round3(verdict.confidence),
        evidence: hypothesis.evidence,
        issues: one.issues,
        judge: verdict.judge,
        checked: verdict.checked,
        unchecked: verdict.unchecked,
    })
}
