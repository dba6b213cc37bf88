//! One self-contained HTML page about a run, or about two.

mod plot;

use std::path::{Component, Path, PathBuf};

use minijinja::{AutoEscape, Environment, Value, context};

use super::EvalError;
use super::compare::Comparison;
use super::dataset::Label;
use super::record::{REVIEWS, Run};
use super::score::{Bin, CaseScore, Figures, Hit, Lens, Measure, Score, bins, confidences, curve};
use crate::plain;
use crate::report::duration;
use plot::{Mark, Plot, Series};

const TEMPLATE: &str = include_str!("page.html");

/// Points of a plot that follow from the cases of a run.
type Points<'a> = &'a dyn Fn(&[&CaseScore]) -> Vec<(f64, f64)>;

/// Writes the page. `to` is where it will lie: links to the reviews count from
/// there. The second run stands beside the first, with their comparison.
///
/// Texts of cases and findings are cleaned of control characters and escaped; the
/// page holds no script and names nothing outside but those files.
pub fn page(
    runs: &[(&Run, &Score)],
    comparison: Option<&Comparison>,
    to: &Path,
) -> Result<String, EvalError> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("page", TEMPLATE)?;
    let names: Vec<&str> = if runs.len() > 1 { vec!["first", "second"] } else { vec!["run"] };
    let scores: Vec<&Score> = runs.iter().map(|(_, score)| *score).collect();
    let values = context! {
        title => runs.first().map_or("", |(run, _)| run.info.dataset.title.as_str()),
        runs => names.iter().zip(runs).map(|(n, (run, score))| about(n, run, score)).collect::<Vec<_>>(),
        figures => figures(&scores),
        groups => groups(&scores),
        comparison => comparison.map(verdict),
        plots => plots(&names, &scores),
        cases => cases(runs, to),
        rule => rule(scores.first().copied()),
    };
    Ok(environment.get_template("page")?.render(values)?)
}

fn about(name: &str, run: &Run, score: &Score) -> Value {
    let inputs = &run.info.inputs;
    let outcomes: Vec<String> =
        score.outcomes.iter().map(|(name, count)| format!("{count} {name}")).collect();
    context! {
        name,
        dataset => format!("{} ({})", run.info.dataset.name, run.info.dataset.hash),
        program => match &inputs.commit {
            Some(commit) => format!("forewarn {} ({commit})", inputs.version),
            None => format!("forewarn {}", inputs.version),
        },
        model => inputs.llm.as_ref().map_or("none", |llm| &llm.name),
        embedder => inputs.embedder.as_deref().unwrap_or("none"),
        key => run.info.key.clone(),
        outcomes => outcomes.join(", "),
    }
}

fn rule(score: Option<&Score>) -> String {
    let Some(score) = score else { return String::new() };
    let descriptions = match &score.rule.descriptions {
        None => "descriptions were not compared".to_owned(),
        Some(t) => format!(
            "descriptions agree from a cosine of {:.2} on ({}; right on {:.0} % of {} pairs that \
             did not choose it)",
            t.threshold,
            plain::line(&t.embedder, 60),
            t.accuracy * 100.0,
            t.reported_by
        ),
    };
    let judge = score.rule.judge.as_ref().map_or_else(String::new, |judge| {
        format!(
            "; near it {} decides (right on {:.0} % of {} pairs there)",
            plain::line(&judge.model, 60),
            judge.right * 100.0,
            judge.pairs
        )
    });
    format!("Lines meet within {}; {descriptions}{judge}.", score.rule.distance)
}

/// A figure's cell: value and interval.
fn cell(figures: Option<&Figures>, measure: Measure) -> String {
    let Some(figure) = figures.and_then(|f| f.measures.get(&measure)) else {
        return String::new();
    };
    match figure.interval {
        Some(i) => format!("{:.3} ({:.3} to {:.3})", figure.value, i.low, i.high),
        None => format!("{:.3}", figure.value),
    }
}

fn figures(scores: &[&Score]) -> Vec<Value> {
    let mut rows: Vec<Value> = Measure::ALL
        .into_iter()
        .map(|measure| {
            let cells: Vec<String> = scores
                .iter()
                .flat_map(|s| [cell(Some(&s.all), measure), cell(Some(&s.by_lines), measure)])
                .collect();
            context! { name => measure.title(), cells }
        })
        .collect();
    let mut row = |name: &str, of: &dyn Fn(&Figures) -> String| {
        let cells: Vec<String> =
            scores.iter().flat_map(|s| [of(&s.all), of(&s.by_lines)]).collect();
        rows.push(context! { name, cells });
    };
    row("bugs found", &|f| format!("{} of {}", f.found, f.bugs));
    row("findings right", &|f| format!("{} of {}", f.right, f.findings));
    row("seconds, median and 90 %", &|f| format!("{:.1}, {:.1}", f.seconds.median, f.seconds.p90));
    row("tokens, median and 90 %", &|f| format!("{:.0}, {:.0}", f.tokens.median, f.tokens.p90));
    rows
}

/// The parts of the first run, with those of the second beside them.
fn groups(scores: &[&Score]) -> Vec<Value> {
    const SHOWN: [Measure; 4] =
        [Measure::Precision, Measure::Recall, Measure::Accuracy, Measure::FalsePerSafe];
    let Some(first) = scores.first() else { return Vec::new() };
    let row = |group: &super::score::Group| {
        let parts: Vec<Option<&Figures>> = scores
            .iter()
            .map(|s| s.groups.iter().find(|g| (&g.by, &g.name) == (&group.by, &group.name)))
            .map(|g| g.map(|g| &g.figures))
            .collect();
        let cells: Vec<String> =
            parts.iter().flat_map(|f| SHOWN.map(|measure| cell(*f, measure))).collect();
        let figures = &group.figures;
        context! {
            by => group.by.clone(), name => plain::line(&group.name, 60), cells,
            cases => figures.cases, bugs => figures.bugs, findings => figures.findings,
        }
    };
    first.groups.iter().map(row).collect()
}

fn verdict(comparison: &Comparison) -> Value {
    let rows: Vec<Value> = comparison
        .deltas
        .iter()
        .map(|(measure, delta)| {
            let interval = delta
                .interval
                .map_or(String::new(), |i| format!("{:+.3} to {:+.3}", i.low, i.high));
            context! {
                name => measure.title(),
                first => format!("{:.3}", delta.first),
                second => format!("{:.3}", delta.second),
                difference => format!("{:+.3}", delta.difference),
                interval,
            }
        })
        .collect();
    context! {
        words => comparison.verdict.words(), on => comparison.on.title(),
        cases => comparison.cases, rows,
        won => comparison.won.clone(), lost => comparison.lost.clone(), mixed => comparison.mixed.clone(),
        newly_failed => comparison.newly_failed.clone(),
        no_longer_failed => comparison.no_longer_failed.clone(),
    }
}

fn plots(names: &[&str], scores: &[&Score]) -> Vec<Value> {
    let reviewed = |score: &'_ Score| -> Vec<CaseScore> {
        score.cases.iter().filter(|c| c.is_reviewed()).cloned().collect()
    };
    let series = |mark: Mark, points: Points<'_>| {
        let one = |(name, score): (&&str, &&Score)| {
            let cases = reviewed(score);
            let cases: Vec<&CaseScore> = cases.iter().collect();
            Series { name: (*name).to_owned(), points: points(&cases), mark }
        };
        names.iter().zip(scores).map(one).collect::<Vec<_>>()
    };
    let lens = Lens::default();
    let curves = series(Mark::Line, &|cases| {
        curve(cases).into_iter().map(|point| (point.recall, point.precision)).collect()
    });
    let reliability = series(Mark::Dots, &|cases| {
        let bins: Vec<Bin> = bins(&confidences(cases, &lens));
        bins.iter().map(|bin| (bin.confidence, bin.right)).collect()
    });
    let share = |value: &dyn Fn(&CaseScore) -> f64| {
        let value = |cases: &[&CaseScore]| {
            let mut values: Vec<f64> = cases.iter().map(|c| value(c)).collect();
            values.sort_by(f64::total_cmp);
            let all = values.len() as f64;
            values.into_iter().enumerate().map(|(n, v)| (v, (n + 1) as f64 / all)).collect()
        };
        series(Mark::Line, &value)
    };
    let seconds = share(&|case| case.seconds);
    let tokens = share(&|case| case.tokens as f64);
    let unit =
        |title, x, y, diagonal, series| Plot { title, x, y, x_max: Some(1.0), diagonal, series };
    let cost = |title, x, series| {
        let y = "share of cases done";
        Plot { title, x, y, x_max: None, diagonal: false, series }
    };
    let plots = [
        unit("Precision and recall over the confidence", "recall", "precision", false, curves),
        unit("Reliability", "confidence", "share that is right", true, reliability),
        cost("Time", "seconds", seconds),
        cost("Tokens", "tokens", tokens),
    ];
    // The markup is numbers and words of our own.
    plots.iter().map(|plot| Value::from_safe_string(plot.svg())).collect()
}

/// A row for each case, with what each run said of it.
fn cases(runs: &[(&Run, &Score)], to: &Path) -> Vec<Value> {
    let Some((_, first)) = runs.first() else { return Vec::new() };
    let row = |case: &CaseScore| {
        let results: Vec<Value> = runs
            .iter()
            .map(|(run, score)| {
                let of = score.cases.iter().find(|c| c.id == case.id);
                of.map_or(Value::UNDEFINED, |of| result(run, of, to))
            })
            .collect();
        context! {
            id => case.id.clone(), title => plain::line(&case.title, 120), label => if case.label == Label::Bug { "bug" } else { "safe" },
            language => case.language.clone(), tags => case.tags.join(" "), results,
        }
    };
    first.cases.iter().map(row).collect()
}

fn result(run: &Run, case: &CaseScore, to: &Path) -> Value {
    let reason = case.outcome.as_ref().map(|o| o.reason()).unwrap_or_default();
    let findings: Vec<Value> = case
        .findings
        .iter()
        .map(|f| {
            context! {
                hit => match f.hit {
                    Hit::Right => "right",
                    Hit::False => "false",
                    Hit::Neutral => "neutral",
                },
                title => plain::line(&f.title, 160),
                place => plain::line(&f.location.to_string(), 160),
                confidence => format!("{:.2}", f.confidence),
                similarity => f.similarity.map(|s| format!("{s:.2}")),
            }
        })
        .collect();
    let missed: Vec<String> = case
        .counted()
        .filter(|b| b.found_by.is_none())
        .map(|b| format!("{}: {}", plain::line(&b.place, 160), plain::line(&b.description, 300)))
        .collect();
    let link = |end: &str| {
        let file = run.folder.join(REVIEWS).join(format!("{}.{end}", case.id));
        let has_words = std::fs::metadata(&file).is_ok_and(|m| m.is_file() && m.len() > 0);
        has_words.then(|| relative(&file, to))
    };
    context! {
        outcome => case.outcome.as_ref().map_or("not run", |o| o.name()),
        reason => plain::line(&reason, 300),
        seconds => duration((case.seconds * 1000.0) as u64),
        findings, missed,
        report => link("json"), trace => link("txt"), log => link("log"),
    }
}

/// A file's address as seen from the page, percent-encoded.
fn relative(file: &Path, page: &Path) -> String {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (file, page) = (whole(file), whole(page));
    let folder = page.parent().unwrap_or(Path::new(""));
    let same = file.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let mut path = PathBuf::new();
    folder.components().skip(same).for_each(|_| path.push(".."));
    file.components().skip(same).for_each(|part| path.push(part));
    let mut parts = Vec::new();
    for part in path.components() {
        if let Component::Normal(_) | Component::ParentDir = part {
            parts.push(encoded(&part.as_os_str().to_string_lossy()));
        }
    }
    parts.join("/")
}

fn encoded(part: &str) -> String {
    let safe = |b: u8| b.is_ascii_alphanumeric() || b"-._~+".contains(&b);
    part.bytes()
        .map(|b| if safe(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_from_the_page_to_the_file() {
        let link = |file: &str, page: &str| relative(Path::new(file), Path::new(page));
        assert_eq!(link("/a/run/reviews/x.json", "/a/run/page.html"), "reviews/x.json");
        assert_eq!(
            link("/a/my run/reviews/x.json", "/a/b/page.html"),
            "../my%20run/reviews/x.json"
        );
    }
}
