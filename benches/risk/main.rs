//! Measures how well the risk of changes and files is predicted, with a split in time;
//! README.md says how to read it. `measure` prints the figures, `tune` compares weights
//! of the prior and `drop` leaves out one feature after the other, both with the prior of
//! the other repositories; `prior` prints `src/risk/prior.toml`.

mod score;

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use forewarn::asset::Assets;
use forewarn::change::Repo;
use forewarn::config::Config;
use forewarn::lang::Languages;
use forewarn::risk::{Example, Fit, History, Kinds, Labelled, Model, NAMES, Term};
use serde_json::{Value, json};

use score::{auc, brier, recall};

/// Share of the labelled changes that come before the split.
const SPLIT: f64 = 0.7;
/// Weights of the prior that `tune` tries, in changes.
const WEIGHTS: [f64; 7] = [0.0, 50.0, 200.0, 400.0, 800.0, 1600.0, 6400.0];
/// Weights of the prior's rate.
const RATE_WEIGHT: f64 = 20.0;

#[derive(Parser)]
#[command(about = "Measures the prediction of risk; see README.md")]
struct Cli {
    #[command(subcommand)]
    mode: Mode,
    /// Passed by `cargo bench`.
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum Mode {
    Measure(Repositories),
    Tune(Repositories),
    Drop(Repositories),
    Prior(Repositories),
}

#[derive(clap::Args)]
struct Repositories {
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Changes of the main line.
    #[arg(long, default_value = "3000")]
    commits: usize,
    /// Features to do without.
    #[arg(long)]
    without: Vec<String>,
    /// Weight of the prior, for `drop`.
    #[arg(long, default_value = "800")]
    weight: f64,
}

/// A repository's history, cut in two.
struct Subject {
    name: String,
    history: History,
    seconds: f64,
    /// Changes known when the model is learned.
    split: usize,
    end: usize,
}

impl Subject {
    fn read(path: &Path, commits: usize, languages: &Languages) -> anyhow::Result<Self> {
        let repo = Repo::discover(path)?;
        let kinds = Kinds::new(languages, &Config::builtin().review)?;
        let clock = std::time::Instant::now();
        let history = History::read(&repo, "HEAD", commits, &kinds)?;
        let usable = history.usable(history.len());
        let split = usable.start + (usable.len() as f64 * SPLIT) as usize;
        let folder = path.ancestors().find(|p| !p.ends_with("repo") && !p.ends_with(".git"));
        let name = folder.and_then(Path::file_name).unwrap_or(path.as_os_str());
        let name = name.to_string_lossy().rsplit('+').next().unwrap_or_default().to_owned();
        let seconds = clock.elapsed().as_secs_f64();
        Ok(Self { name, history, seconds, split, end: usable.end })
    }

    fn test(&self, level: Level) -> Vec<Example<'_>> {
        let (range, all) = (self.split..self.end, self.history.len());
        match level {
            Level::Change => self.history.changes(range, all),
            Level::File => self.history.files(range, all),
        }
    }

    /// All that may be learned from.
    fn all(&self, level: Level) -> Vec<Example<'_>> {
        let all = self.history.len();
        match level {
            Level::Change => self.history.changes(self.history.usable(all), all),
            Level::File => self.history.files(self.history.usable(all), all),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Level {
    Change,
    File,
}

impl Level {
    const BOTH: [Self; 2] = [Self::Change, Self::File];

    fn name(self) -> &'static str {
        if self == Self::Change { "change" } else { "file" }
    }

    fn fit(self, model: &Model) -> &Fit {
        if self == Self::Change { &model.change } else { &model.file }
    }
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let languages = Languages::load(&Assets::builtin())?;
    let (Mode::Measure(list) | Mode::Tune(list) | Mode::Drop(list) | Mode::Prior(list)) = &cli.mode;
    let subjects: Vec<Subject> = list
        .paths
        .iter()
        .map(|path| Subject::read(path, list.commits, &languages))
        .collect::<anyhow::Result<_>>()?;
    let without = |name: &&str| !list.without.iter().any(|w| w == name);
    let features: Vec<&str> = NAMES.into_iter().filter(without).collect();
    match cli.mode {
        Mode::Measure(_) => subjects.iter().for_each(measure),
        Mode::Tune(_) => tune(&subjects, &features),
        Mode::Drop(_) => leave_out(&subjects, &features, list.weight),
        Mode::Prior(_) => print!("{}", toml::to_string(&prior(&subjects, &features))?),
    }
    Ok(())
}

/// Prints a JSON line for each level: the model, its two parts alone, and size alone.
fn measure(subject: &Subject) {
    let prior = Model::prior();
    let blank = Model { change: blank(), file: blank() };
    let learn = |prior: &Model| Model::learn(&subject.history, subject.split, prior);
    let young = |n: usize| Model::learn(&subject.history, n.min(subject.split), prior);
    let models = [
        ("risk", learn(prior)),
        ("prior_alone", prior.clone()),
        ("own_alone", Model::learn_with(&subject.history, subject.split, &blank, 1.0, 1.0)),
        ("young", young(subject.history.usable(subject.history.len()).start + 100)),
    ];
    for level in Level::BOTH {
        let test = subject.test(level);
        let faulty = test.iter().filter(|e| e.faulty).count();
        let mut row = json!({
            "repository": subject.name, "level": level.name(), "read_seconds": subject.seconds,
            "history": subject.history.len(), "fixes": subject.history.fixes(),
            "test": test.len(), "faulty": faulty,
        });
        for (name, model) in &models {
            let fit = level.fit(model);
            row[*name] = figures(&test, |e| fit.score(e.row), true);
        }
        row["size"] = figures(&test, |e| f64::from(e.lines), false);
        row["small_first"] = json!({ "recall": recall(&test, |e| -f64::from(e.lines)) });
        row["random"] = json!({ "recall": score::random_recall(&test) });
        println!("{row}");
    }
}

/// AUC; recall at 20 % of the lines, read in the order of score by line and of score;
/// for probabilities Brier's score, beside that of the mean rate, and the mean.
fn figures(test: &[Example<'_>], score: impl Fn(&Example<'_>) -> f64, probability: bool) -> Value {
    let mut figures = json!({ "auc": auc(test, &score), "recall_plain": recall(test, &score) });
    if probability {
        figures["recall"] = json!(recall(test, |e| score(e) / f64::from(e.lines.max(1))));
        figures["brier"] = json!(brier(test, &score));
        let rate = test.iter().filter(|e| e.faulty).count() as f64 / test.len().max(1) as f64;
        figures["brier_of_rate"] = json!(rate * (1.0 - rate));
        figures["mean"] = json!(test.iter().map(&score).sum::<f64>() / test.len().max(1) as f64);
    }
    figures
}

/// Prints the mean AUC for each weight of a prior that the subject had no part in.
fn tune(subjects: &[Subject], features: &[&str]) {
    for level in Level::BOTH {
        let taught = teach(subjects, level, features);
        let size = |s: &Subject| auc(&s.test(level), |e| f64::from(e.lines));
        let sizes: Vec<f64> = subjects.iter().map(size).collect();
        println!("{} {sizes:.3?}", json!({ "level": level.name(), "size": mean(&sizes) }));
        for weight in WEIGHTS {
            let aucs = left_one_out(subjects, &taught, level, weight);
            let line = json!({ "level": level.name(), "weight": weight, "mean": mean(&aucs) });
            println!("{line} {aucs:.3?}");
        }
    }
}

/// Prints what the mean AUC loses without each feature.
fn leave_out(subjects: &[Subject], features: &[&str], weight: f64) {
    for level in Level::BOTH {
        let all = |features: &[&str]| {
            mean(&left_one_out(subjects, &teach(subjects, level, features), level, weight))
        };
        let whole = all(features);
        println!("{}", json!({ "level": level.name(), "mean": whole }));
        for name in features {
            let rest: Vec<&str> = features.iter().copied().filter(|f| f != name).collect();
            let loses = places((whole - all(&rest)) * 10.0) / 10.0;
            println!("{}", json!({ "level": level.name(), "without": name, "loses": loses }));
        }
    }
}

/// The AUC on each repository with a prior that the others taught.
fn left_one_out(subjects: &[Subject], taught: &[Fit], level: Level, weight: f64) -> Vec<f64> {
    let one = |n: usize| {
        let others: Vec<&Fit> =
            taught.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, fit)| fit).collect();
        let fit = middle(&others);
        let prior = Model { change: fit.clone(), file: fit };
        let subject = &subjects[n];
        let model = Model::learn_with(&subject.history, subject.split, &prior, weight, RATE_WEIGHT);
        auc(&subject.test(level), |e| level.fit(&model).score(e.row))
    };
    (0..subjects.len()).map(one).collect()
}

/// What each repository teaches by itself. Weights are held back a little, since some
/// features say nearly the same.
fn teach(subjects: &[Subject], level: Level, features: &[&str]) -> Vec<Fit> {
    const HELD: f64 = 200.0;
    let one = |subject: &Subject| {
        let examples = subject.all(level);
        let rows: Vec<Labelled<'_>> = examples
            .iter()
            .map(|e| Labelled { row: e.row, label: e.faulty, weight: 1.0 })
            .collect();
        let known: Vec<&str> = features
            .iter()
            .copied()
            .filter(|f| rows.first().is_some_and(|r| r.row.iter().any(|(n, _)| n == f)))
            .collect();
        let mut flat = Fit::learn(&rows, &Fit::blank(&known), 0.0, 0.0);
        flat.terms.iter_mut().for_each(|term| term.weight = 0.0);
        Fit::learn(&rows, &flat, HELD, 0.0)
    };
    subjects.iter().map(one).collect()
}

/// The mean of fits of the same features.
fn middle(fits: &[&Fit]) -> Fit {
    let over =
        |of: &dyn Fn(&Fit) -> f64| places(mean(&fits.iter().map(|f| of(f)).collect::<Vec<_>>()));
    let term = |n: usize| Term {
        name: fits[0].terms[n].name.clone(),
        mean: over(&|fit| fit.terms[n].mean),
        deviation: over(&|fit| fit.terms[n].deviation).max(0.001),
        weight: over(&|fit| fit.terms[n].weight),
    };
    Fit { base: over(&|fit| fit.base), terms: (0..fits[0].terms.len()).map(term).collect() }
}

fn prior(subjects: &[Subject], features: &[&str]) -> Model {
    let of = |level| middle(&teach(subjects, level, features).iter().collect::<Vec<_>>());
    Model { change: of(Level::Change), file: of(Level::File) }
}

fn blank() -> Fit {
    Fit::blank(&NAMES)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn places(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
