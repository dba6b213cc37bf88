//! `forewarn eval calibrate`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;

use super::rule;
use crate::calibration::Table;
use crate::cli::error::Advice;
use crate::cli::{Context, Exit, Outcome};
use crate::eval::Run;
use crate::eval::calibrate::{Cut, FEWEST, Observations};
use crate::eval::score::{brier, expected_error};

/// False findings per safe change that a threshold may let through.
const MOST_FALSE: f64 = 0.1;
/// Thresholds that are printed.
const SHOWN: usize = 12;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folders of runs. Cases of a held-out half are not used.
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    #[command(flatten)]
    rule: rule::Args,
    /// Write the fits here; reviews read them as `grammars/calibration.toml` in the folder
    /// of your settings.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let ready = args.rule.ready(context)?;
    let mut observed = Observations::default();
    let mut names = Vec::new();
    for folder in &args.runs {
        let run = Run::load(&context.folder.join(folder))?;
        observed.add(&ready.score(&run)?, ready.rule.descriptions.is_none());
        names.push(run.info.dataset.name.clone());
    }
    let Some(table) = observed.fit() else { return Err(too_few(&observed).into()) };
    let mut out = context.output();
    out.write_all(report(&observed, &table).as_bytes())?;
    if let Some(file) = &args.output {
        let text = written(&observed, &table, &names)?;
        std::fs::write(file, text)
            .with_context(|| format!("could not write the fits to {}", file.display()))?;
    }
    out.flush()?;
    Ok(Exit::Success)
}

fn too_few(observed: &Observations) -> Advice {
    let (all, right) = (observed.all.len(), observed.right());
    let held_out = match observed.held_out {
        0 => String::new(),
        n => format!("; {n} held-out cases were left out"),
    };
    Advice {
        what: format!(
            "there is too little to fit: {all} hypotheses, {right} of them right{held_out}"
        ),
        help: format!(
            "it takes {FEWEST} with right and wrong ones among them: give runs of more cases \
             (`forewarn eval mine` makes some out of a repository's history)"
        ),
    }
}

fn report(observed: &Observations, table: &Table) -> String {
    let (before, after) = (observed.uncalibrated(), observed.cross_validated());
    let mut text = format!(
        "{} hypotheses in {} cases, {} right",
        observed.all.len(),
        observed.cases,
        observed.right()
    );
    if observed.held_out > 0 {
        text.push_str(&format!("; {} held-out cases left out", observed.held_out));
    }
    text.push_str("\n\n                             priors   fitted, each case by the others\n");
    for (name, of) in
        [("Brier score", brier as fn(&[_]) -> _), ("calibration error", expected_error)]
    {
        let figure = |pairs| of(pairs).map_or("-".to_owned(), |x: f64| format!("{x:.3}"));
        text.push_str(&format!("  {name:25} {:>7} {:>8}\n", figure(&before), figure(&after)));
    }
    text.push_str(
        "\n  fit of                          hypotheses  right     0.5  0.6  0.7  0.8  0.9\n",
    );
    for row in &table.rows {
        let name = match (&row.origin, &row.rule) {
            (Some(_), Some(rule)) => rule.clone(),
            (Some(origin), None) => origin.clone(),
            _ => "all".to_owned(),
        };
        text.push_str(&format!("  {name:30} {:11} {:6}    ", row.observed, row.right));
        for prior in [0.5, 0.6, 0.7, 0.8, 0.9] {
            text.push_str(&format!(" {:.2}", row.fit.at(prior)));
        }
        text.push('\n');
    }
    text.push_str("\n  min_confidence   right  wrong  false per safe change\n");
    let cuts = observed.cuts(table);
    let step = cuts.len().div_ceil(SHOWN).max(1);
    let best = cuts.iter().rposition(|c| c.false_per_safe <= MOST_FALSE);
    for (n, cut) in cuts.iter().enumerate() {
        if n % step == 0 || Some(n) == best {
            let mark = if Some(n) == best { "  <- lowest with at most 0.1" } else { "" };
            text.push_str(&line(cut, mark));
        }
    }
    text
}

fn line(cut: &Cut, mark: &str) -> String {
    format!(
        "  {:14.3} {:7} {:6}  {:.3}{mark}\n",
        cut.threshold, cut.right, cut.wrong, cut.false_per_safe
    )
}

fn written(observed: &Observations, table: &Table, names: &[String]) -> anyhow::Result<String> {
    let mut text = format!(
        "# Made by `forewarn eval calibrate` of {} hypotheses in {} cases ({}).\n",
        observed.all.len(),
        observed.cases,
        names.join(", ")
    );
    text.push_str(&toml::to_string(table)?);
    Ok(text)
}
