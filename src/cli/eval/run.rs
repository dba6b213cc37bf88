//! `forewarn eval run`.

use std::io::{IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use globset::{Glob, GlobSet, GlobSetBuilder};

use super::{rule, score, table};
use crate::cli::error::Advice;
use crate::cli::{CONFIG_DIR, Context, Exit, Outcome};
use crate::config::Layer;
use crate::eval::dataset::{Case, Dataset, Half, Label};
use crate::eval::{self, Done, Limits, Places, Plan, Program};
use crate::plain;
use crate::report::count;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the dataset.
    #[arg(value_name = "DATASET")]
    dataset: PathBuf,
    /// Folder of the run; one of the user's data folder, named after the dataset and
    /// what decides the findings, unless given.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Review with this file of settings, or this folder of settings, prompts and
    /// models, in place of your own.
    #[arg(long, value_name = "FILE|DIR")]
    config: Option<PathBuf>,
    /// Review with another build of the program.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Folder of your own clones of repositories that cases name by a URL.
    #[arg(long, value_name = "DIR")]
    clones: Option<PathBuf>,
    /// Cases with such an id only.
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Cases of this half. The held-out half measures: run it rarely, and choose
    /// nothing by it.
    #[arg(long, value_enum, default_value = "tuning")]
    half: Choice,
    /// Cases with this label only.
    #[arg(long, value_enum)]
    label: Option<LabelChoice>,
    /// Cases in this language only.
    #[arg(long)]
    language: Option<String>,
    /// Reviews at once; one where a model computes on this machine, else as many as
    /// there are cores.
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Stop a review after so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 600.0)]
    max_seconds: f64,
    /// Stop the agents of a review after so many tokens, prompts and replies together,
    /// and do not score it.
    #[arg(long, value_name = "TOKENS")]
    max_tokens: Option<NonZeroUsize>,
    /// Run cases again that had no review.
    #[arg(long)]
    retry: bool,
    #[command(flatten)]
    rule: rule::Args,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Choice {
    Tuning,
    HeldOut,
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum LabelChoice {
    Bug,
    Safe,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let dataset = super::load(context, &args.dataset)?;
    let cases = chosen(&args, &dataset)?;
    if !(args.max_seconds > 0.0 && args.max_seconds < 1e6) {
        let what = format!("`--max-seconds` cannot be {}", args.max_seconds);
        return Err(Advice { what, help: "give the seconds of one review".into() }.into());
    }
    let own = super::folder(context);
    let program = program(&args, context, &own)?;
    let apart = tempfile::tempdir().context("could not make a temporary folder")?;
    let inputs = program.inputs(apart.path())?;
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let local = inputs.llm.as_ref().is_some_and(|llm| llm.local);
    let jobs = args.jobs.map_or(if local { 1 } else { cores }, NonZeroUsize::get);
    let folder = match &args.output {
        Some(folder) => context.folder.join(folder),
        None => {
            let (key, digest) = (inputs.key(), program.digest()?);
            own.join("runs").join(format!("{}-{}-{}", dataset.name, &key[..8], &digest[..8]))
        }
    };
    let plan = Plan {
        places: Places {
            cache: own,
            dataset: dataset.folder.clone(),
            clones: args.clones.as_ref().map(|folder| context.folder.join(folder)),
        },
        dataset: &dataset,
        cases,
        program: &program,
        inputs,
        limits: Limits {
            seconds: args.max_seconds,
            tokens: args.max_tokens.map_or(0, NonZeroUsize::get),
        },
        jobs,
        // Several models at once would each take all cores.
        threads: (jobs > 1 && context.config.model.threads == 0).then(|| (cores / jobs).max(1)),
        retry: args.retry,
        now: context.now(),
    };
    let bar = Bar::new(plan.cases.len());
    let ran = eval::run(&plan, &folder, &|done| bar.tell(&done));
    bar.end();
    let ran = ran?;
    let mut out = context.output();
    let ready = args.rule.ready(context).with_context(|| {
        format!("the run is complete and kept in {}, but it was not scored", folder.display())
    })?;
    let result = ready.score(&ran)?;
    score::keep(&ran, &result)?;
    table::score(&mut out, &ran, &result)?;
    out.flush()?;
    let reviewed = result.cases.iter().all(|case| case.is_reviewed());
    Ok(if reviewed { Exit::Success } else { Exit::Failure })
}

/// The cases that the flags choose, sorted by id.
fn chosen<'a>(args: &Args, dataset: &'a Dataset) -> anyhow::Result<Vec<&'a Case>> {
    let only = globs(&args.only)?;
    let half = match args.half {
        Choice::All => None,
        Choice::Tuning => Some(Half::Tuning),
        Choice::HeldOut => Some(Half::HeldOut),
    };
    let halved = dataset.cases.iter().any(|c| c.facts.half.is_some());
    if args.half == Choice::HeldOut && !halved {
        let what = format!("{} has no halves", dataset.name);
        return Err(Advice { what, help: "leave out `--half`".into() }.into());
    }
    let label = args.label.map(|label| match label {
        LabelChoice::Bug => Label::Bug,
        LabelChoice::Safe => Label::Safe,
    });
    let fits = |case: &&Case| {
        let facts = &case.facts;
        (only.is_empty() || only.is_match(&facts.id))
            && (!halved || half.is_none() || facts.half == half)
            && label.is_none_or(|label| facts.label == label)
            && args.language.as_deref().is_none_or(|language| facts.language == language)
    };
    let cases: Vec<&Case> = dataset.cases.iter().filter(fits).collect();
    if cases.is_empty() {
        let what = format!("no case of {} is chosen", dataset.name);
        let help = "`forewarn eval check DATASET` shows languages and halves; `--half all` takes \
                    both halves"
            .to_owned();
        return Err(Advice { what, help }.into());
    }
    Ok(cases)
}

fn globs(patterns: &[String]) -> anyhow::Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = Glob::new(pattern).map_err(|error| Advice {
            what: format!("`--only {}` is no glob: {error}", plain::line(pattern, 60)),
            help: "write it like 'py-*'".to_owned(),
        })?;
        set.add(glob);
    }
    Ok(set.build()?)
}

/// The program to run, with the settings of the flags.
fn program(args: &Args, context: &Context, own: &Path) -> anyhow::Result<Program> {
    let path = match &args.program {
        Some(path) => context.folder.join(path),
        None => std::env::current_exe().context("could not tell where this program lies")?,
    };
    let config_dir = match &args.config {
        None => None,
        Some(config) => Some((CONFIG_DIR, settings(&context.folder.join(config), own)?)),
    };
    let flags = context.settings.iter().filter(|s| s.place.layer == Layer::Flag);
    let set = flags.map(|s| format!("{}={}", s.key, s.value)).collect();
    Ok(Program { path, config_dir, set })
}

/// The folder of settings that a file or folder stands for.
fn settings(config: &Path, own: &Path) -> anyhow::Result<PathBuf> {
    if config.is_dir() {
        return Ok(config.to_owned());
    }
    let bytes = std::fs::read(config)
        .with_context(|| format!("could not read the settings {}", config.display()))?;
    let name = blake3::hash(&bytes).to_hex()[..16].to_owned();
    let folder = own.join("config").join(name);
    let file = folder.join("config.toml");
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&file, bytes))
        .with_context(|| format!("could not write {}", file.display()))?;
    Ok(folder)
}

/// Shows how far the run is: a bar on a terminal's standard error; elsewhere only
/// the cases without a review are told.
struct Bar(Option<indicatif::ProgressBar>);

impl Bar {
    fn new(cases: usize) -> Self {
        Self(std::io::stderr().is_terminal().then(|| {
            let bar = indicatif::ProgressBar::new(cases as u64);
            let shape = "reviewing {bar:30} {pos} of {len}, {elapsed}, {eta} left; {msg}";
            if let Ok(style) = indicatif::ProgressStyle::with_template(shape) {
                bar.set_style(style);
            }
            bar
        }))
    }

    fn tell(&self, done: &Done<'_>) {
        let record = done.record;
        let reason = record.outcome.reason();
        if !reason.is_empty() && !done.known {
            let line = format!("{}: {}: {}", record.id, record.outcome.name(), reason);
            let line = plain::line(&line, 300);
            match &self.0 {
                Some(bar) => bar.println(line),
                None => eprintln!("{line}"),
            }
        }
        if let Some(bar) = &self.0 {
            bar.set_message(format!("{}: {}", record.id, count(record.findings.len(), "finding")));
            bar.inc(1);
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
