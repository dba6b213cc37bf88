//! Scores and comparisons as text.

use std::io::{self, Write};

use crate::eval::score::{Figure, Group, Measure, Rule, Score};
use crate::eval::{Comparison, Run};
use crate::plain;
use crate::report::count;

/// Cases without a review that are named one by one.
const NAMED: usize = 20;
/// Cases of a tag from which on it has a line: datasets have many tags.
const TAGGED: usize = 5;

/// A score with the cases that have none.
pub(super) fn score(out: &mut dyn Write, run: &Run, score: &Score) -> io::Result<()> {
    let outcomes: Vec<String> =
        score.outcomes.iter().map(|(name, count)| format!("{count} {name}")).collect();
    writeln!(out, "{}: {}", score.dataset, outcomes.join(", "))?;
    let failed: Vec<_> = score.cases.iter().filter(|c| !c.is_reviewed()).collect();
    for case in failed.iter().take(NAMED) {
        let Some(outcome) = &case.outcome else { continue };
        writeln!(
            out,
            "  {}: {}: {}",
            case.id,
            outcome.name(),
            plain::line(&outcome.reason(), 200)
        )?;
    }
    if failed.len() > NAMED {
        writeln!(out, "  and {} more", failed.len() - NAMED)?;
    }
    writeln!(out, "{}", rule(&score.rule))?;
    if let Some(judge) = &score.rule.judge {
        writeln!(
            out,
            "judge: {} decided {} within {:.2} of the threshold; right on {:.0} % of {} labelled \
             pairs there, the threshold alone on {:.0} %",
            judge.model,
            count(score.judged, "pair"),
            judge.margin,
            judge.right * 100.0,
            judge.pairs,
            judge.without * 100.0
        )?;
    }
    let all = &score.all;
    writeln!(
        out,
        "\n{} bugged, {} safe; {} of {} bugs found; {} of {} findings right\n",
        all.bugged, all.safe, all.found, all.bugs, all.right, all.findings
    )?;
    if score.without_lines > 0 {
        let what = match score.rule.descriptions {
            Some(_) => "words alone decide, and the figures by lines alone leave them out",
            None => "lines alone cannot find them: they are skipped, as are findings beside them",
        };
        writeln!(out, "expected bugs without lines: {}; {what}\n", score.without_lines)?;
    }
    if score.rejects > 0 {
        writeln!(
            out,
            "{} false findings mean one of {} remarks that are known to be wrong; so do {} \
             hypotheses that were dropped\n",
            score.rejected, score.rejects, score.rejects_dropped
        )?;
    }
    writeln!(out, "{:<32}{:<26}by lines alone", "", "value (95 % interval)")?;
    for measure in Measure::ALL {
        let cell = |f: Option<&Figure>| f.map_or("not defined".to_owned(), figure);
        let (value, lines) = (all.measures.get(&measure), score.by_lines.measures.get(&measure));
        writeln!(out, "{:<32}{:<26}{}", measure.title(), cell(value), cell(lines))?;
    }
    let (seconds, tokens) = (all.seconds, all.tokens);
    writeln!(out, "{:<32}median {:.2}, 90 % {:.2}", "seconds", seconds.median, seconds.p90)?;
    writeln!(out, "{:<32}median {:.0}, 90 % {:.0}", "tokens", tokens.median, tokens.p90)?;
    groups(out, &score.groups)?;
    writeln!(out, "\n{}", run.folder.display())
}

fn rule(rule: &Rule) -> String {
    let confidence = match rule.min_confidence {
        0.0 => String::new(),
        least => format!("; findings below a confidence of {least} are left out"),
    };
    match &rule.descriptions {
        Some(t) => format!(
            "right: lines within {}, descriptions with a cosine of at least {:.2} (right on {:.0} % \
             of {} labelled pairs){confidence}",
            rule.distance,
            t.threshold,
            t.accuracy * 100.0,
            t.reported_by
        ),
        None => format!(
            "right: lines within {}; descriptions were not compared, which counts too much as \
             right{confidence}",
            rule.distance
        ),
    }
}

fn figure(figure: &Figure) -> String {
    match figure.interval {
        Some(i) => format!("{:.3} ({:.3} to {:.3})", figure.value, i.low, i.high),
        None => format!("{:.3}", figure.value),
    }
}

fn groups(out: &mut dyn Write, groups: &[Group]) -> io::Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n{:<34}{:>6}{:>10}{:>11}{:>11}{:>9}{:>10}",
        "part", "cases", "bugs", "findings", "precision", "recall", "accuracy"
    )?;
    let is_told = |group: &&Group| group.by != "tag" || group.figures.cases >= TAGGED;
    for group in groups.iter().filter(is_told) {
        let f = &group.figures;
        let value = |m| f.value(m).map_or("-".to_owned(), |v| format!("{v:.3}"));
        writeln!(
            out,
            "{:<34}{:>6}{:>10}{:>11}{:>11}{:>9}{:>10}",
            plain::line(&format!("{} {}", group.by, group.name), 33),
            f.cases,
            format!("{}/{}", f.found, f.bugs),
            format!("{}/{}", f.right, f.findings),
            value(Measure::Precision),
            value(Measure::Recall),
            value(Measure::Accuracy),
        )?;
    }
    match groups.iter().filter(|group| !is_told(group)).count() {
        0 => Ok(()),
        few => writeln!(out, "tags of fewer than {TAGGED} cases: {few}, in score.json"),
    }
}

/// A comparison, its verdict last.
pub(super) fn comparison(out: &mut dyn Write, comparison: &Comparison) -> io::Result<()> {
    writeln!(out, "{:<32}{:>8}{:>8}{:>12}  95 % interval", "", "first", "second", "difference")?;
    for (measure, delta) in &comparison.deltas {
        let interval =
            delta.interval.map_or("-".to_owned(), |i| format!("{:+.3} to {:+.3}", i.low, i.high));
        writeln!(
            out,
            "{:<32}{:>8.3}{:>8.3}{:>+12.3}  {interval}",
            measure.title(),
            delta.first,
            delta.second,
            delta.difference
        )?;
    }
    for (what, cases) in [
        ("won", &comparison.won),
        ("lost", &comparison.lost),
        ("mixed", &comparison.mixed),
        ("without a review now", &comparison.newly_failed),
        ("with a review now", &comparison.no_longer_failed),
    ] {
        if !cases.is_empty() {
            writeln!(out, "{what} ({}): {}", cases.len(), cases.join(", "))?;
        }
    }
    writeln!(
        out,
        "verdict: {} ({} over {} cases)",
        comparison.verdict.words(),
        comparison.on.title(),
        comparison.cases
    )
}
