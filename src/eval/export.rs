//! A run in the shape that Langfuse takes: a dataset, its items, a trace with scores
//! for each case, and the items of a run that join the two.

use serde_json::{Value, json};

use super::dataset::Label;
use super::record::Run;
use super::score::{CaseScore, Hit, Score};

/// Bodies of the public API's requests, in the order in which they are to be sent:
/// `dataset` to `/api/public/v2/datasets`; each of `datasetItems` to
/// `/api/public/dataset-items`; `ingestion` to `/api/public/ingestion`; each of
/// `datasetRunItems` to `/api/public/dataset-run-items`. Ids follow from the run, so
/// sending it twice changes nothing.
pub fn langfuse(run: &Run, score: &Score) -> Value {
    let info = &run.info;
    let name = &info.dataset.name;
    let started = jiff::Timestamp::from_second(info.started).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let time = started.to_string();
    let run_name = format!("{name} {time} {}", &info.key[..info.key.len().min(8)]);
    let (mut items, mut batch, mut run_items) = (Vec::new(), Vec::new(), Vec::new());
    for (chosen, case) in info.cases.iter().zip(&score.cases) {
        let facts = &chosen.facts;
        let item = id(&[name, &info.dataset.hash, &facts.id]);
        items.push(json!({
            "datasetName": name,
            "id": item,
            "input": { "case": facts.id, "title": facts.title, "language": facts.language },
            "expectedOutput": { "label": facts.label, "bugs": facts.bugs },
            "metadata": {
                "half": facts.half, "tags": facts.tags, "why": facts.why, "hash": chosen.hash,
            },
            "status": "ACTIVE",
        }));
        let Some(record) = run.records.get(&facts.id) else { continue };
        let trace = id(&[&info.key, &info.program, &time, &facts.id]);
        batch.push(json!({
            "id": id(&[&trace, "trace"]),
            "timestamp": time,
            "type": "trace-create",
            "body": {
                "id": trace,
                "timestamp": time,
                "name": facts.id,
                "input": { "case": facts.id, "title": facts.title },
                "output": { "outcome": record.outcome, "findings": record.findings },
                "metadata": {
                    "seconds": record.seconds, "tokens": record.tokens, "mode": record.mode,
                    "key": info.key,
                },
                "tags": [name, facts.language],
                "version": info.inputs.version,
            },
        }));
        for (name, value, comment) in scores(case) {
            let score = id(&[&trace, name]);
            batch.push(json!({
                "id": id(&[&score, "event"]),
                "timestamp": time,
                "type": "score-create",
                "body": {
                    "id": score, "traceId": trace, "name": name, "value": value,
                    "dataType": "NUMERIC", "comment": comment,
                },
            }));
        }
        run_items.push(json!({
            "runName": run_name,
            "runDescription": format!("forewarn {}", info.inputs.version),
            "metadata": { "key": info.key, "rule": score.rule, "inputs": info.inputs },
            "datasetItemId": item,
            "traceId": trace,
        }));
    }
    json!({
        "dataset": {
            "name": name,
            "description": info.dataset.title,
            "metadata": { "hash": info.dataset.hash },
        },
        "datasetItems": items,
        "ingestion": { "batch": batch },
        "datasetRunItems": run_items,
    })
}

/// Scores of a case: name, value, and a comment where one is needed.
fn scores(case: &CaseScore) -> Vec<(&'static str, f64, Option<String>)> {
    let reviewed = f64::from(case.is_reviewed());
    let why = case.outcome.as_ref().map(|o| o.reason()).filter(|r| !r.is_empty());
    let mut scores = vec![("reviewed", reviewed, why), ("seconds", case.seconds, None)];
    if !case.is_reviewed() {
        return scores;
    }
    let bugs = case.counted().count();
    if case.label == Label::Bug && bugs > 0 {
        scores.push(("recall", case.found() as f64 / bugs as f64, None));
    }
    let right = case.findings.iter().filter(|f| f.hit == Hit::Right).count();
    let judged = right + case.false_findings();
    if judged > 0 {
        scores.push(("precision", right as f64 / judged as f64, None));
    }
    scores.push(("false_findings", case.false_findings() as f64, None));
    scores
}

/// 32 hexadecimal digits, the form of a trace's id.
fn id(parts: &[&str]) -> String {
    blake3::hash(parts.join("\0").as_bytes()).to_hex()[..32].to_owned()
}
