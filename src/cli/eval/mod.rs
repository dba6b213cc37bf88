//! `forewarn eval`: how good reviews are on changes of which the bugs are known.

mod calibrate;
mod check;
mod compare;
mod export;
mod import;
mod inputs;
mod mine;
mod report;
mod rule;
mod run;
mod score;
mod table;

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::{Context, Outcome};
use crate::eval::dataset::{self, Dataset};
use crate::lang::Languages;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Review the cases of a dataset and score the result.
    ///
    /// Each case is reviewed by the program as a process of its own. A run that was
    /// stopped goes on when the same command is given again. Exit code 2 if a case
    /// had no review.
    Run(run::Args),
    /// Score a run: precision, recall, false findings, calibration, with intervals.
    Score(score::Args),
    /// Compare a second run with a first one of the same cases.
    ///
    /// Exit code 0 better or no difference shown, 1 worse, 2 they cannot be compared.
    Compare(compare::Args),
    /// Fit what came of hypotheses, so that a confidence is the share that is right.
    ///
    /// Prints what the fits are worth on cases that they were not made of, and what each
    /// threshold would show.
    Calibrate(calibrate::Args),
    /// Write a page about a run, or about two.
    Report(report::Args),
    /// Write a run in the form of another tool.
    Export(export::Args),
    /// Write a dataset out of the data of others.
    ///
    /// Exit code 2 if nothing could be imported.
    Import(import::Args),
    /// Write a dataset out of a repository's own history.
    ///
    /// Fixes are taken back or traced to the change that brought the bug in; changes
    /// whose lines live on are the safe ones. Labels are uncertain, and each case says why.
    Mine(mine::Args),
    /// Check a dataset without running it.
    Check(check::Args),
    /// Print what decides the findings of this program, as JSON.
    #[command(hide = true)]
    Inputs(inputs::Args),
}

pub fn run(args: Args, context: &Context) -> Outcome {
    match args.action {
        Action::Run(args) => run::run(args, context),
        Action::Score(args) => score::run(args, context),
        Action::Compare(args) => compare::run(args, context),
        Action::Calibrate(args) => calibrate::run(args, context),
        Action::Report(args) => report::run(args, context),
        Action::Export(args) => export::run(args, context),
        Action::Import(args) => import::run(&args, context),
        Action::Mine(args) => mine::run(&args, context),
        Action::Check(args) => check::run(&args, context),
        Action::Inputs(args) => inputs::run(args, context),
    }
}

/// Reads a dataset by the names that this program knows.
fn load(context: &Context, folder: &Path) -> anyhow::Result<Dataset> {
    let names = crate::eval::names(&context.assets, &Languages::load(&context.assets)?)?;
    Ok(dataset::load(&context.folder.join(folder), &names)?)
}

/// Where evaluations keep what they make, in the user's data folder.
fn folder(context: &Context) -> PathBuf {
    context.data_dir.join("eval")
}
