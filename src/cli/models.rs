//! `forewarn models`: list, pull, add, remove, check and measure models.

pub(super) mod qualify;

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Context, Exit, Outcome, world};
use crate::agent::Prompts;
use crate::engine::model::{
    Added, FileState, Installed, Kind, Machine, Manifest, Manifests, ModelStore, Progress, Sources,
    pull_best_llm,
};
use crate::review::qualify::{Key, Known, Records};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the models there are and which are installed.
    List,
    /// Download a model; without a name, what suits this machine.
    Pull {
        /// Names out of `forewarn models list`.
        names: Vec<String>,
    },
    /// Add a GGUF file that lies on this machine.
    Add {
        file: PathBuf,
        /// The model's name; taken from the file's when absent.
        #[arg(long)]
        name: Option<String>,
        /// Expect its verdicts to be good enough to count: the first review measures it.
        #[arg(long)]
        judges: bool,
        /// Copy the file instead of linking to it.
        #[arg(long)]
        copy: bool,
    },
    /// Delete a model's files.
    Remove { name: String },
    /// Hash the files of every installed model and compare them.
    Check {
        /// Only these.
        names: Vec<String>,
    },
    /// Measure on built-in probes whether a model's verdicts beat chance: half are bugs,
    /// half safe code that looks alike. One below the bar (`model.qualify_bar`) neither
    /// keeps nor kills a finding.
    Qualify(qualify::Args),
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let manifests = Manifests::load(&context.assets)?;
    let store = open(context);
    match args.command {
        Command::List => list(context, &manifests, &store),
        Command::Pull { names } => pull(&names, &manifests, &store),
        Command::Add { file, name, judges, copy } => {
            let folder = context.config_dir.join("models");
            let added =
                Added { file: &file, name: name.as_deref(), judges, copy, manifests: &folder };
            let (manifest, installed) = store.add(&added, &manifests, &mut Bar::new())?;
            say(&format!(
                "added {} ({}, {}): {}",
                manifest.name,
                manifest.architecture,
                megabytes(installed.size()),
                installed.weights().display()
            ))?;
            say(&format!(
                "its manifest: {}",
                folder.join(format!("{}.toml", manifest.name)).display()
            ))
        }
        Command::Remove { name } => remove(&name, context, &manifests, &store),
        Command::Check { names } => check(&names, &manifests, &store),
        Command::Qualify(args) => qualify::run(args, context),
    }
}

/// The models of the user's data folder, fetched from the hub that the
/// customary variable names.
pub(super) fn open(context: &Context) -> ModelStore {
    let mut sources = Sources::default();
    if let Ok(hub) = std::env::var("HF_ENDPOINT")
        && !hub.is_empty()
    {
        sources.hub = hub;
    }
    ModelStore::new(&context.data_dir).with_sources(sources)
}

fn list(context: &Context, manifests: &Manifests, store: &ModelStore) -> Outcome {
    // With a broken prompt nothing is measured, but the list is still wanted.
    let prompts = Prompts::load(&context.assets).ok();
    let header = ["NAME", "KIND", "SIZE", "INSTALLED", "JUDGES", "MEMORY", "LICENCE"];
    let mut rows = vec![header.map(str::to_owned)];
    for kind in [Kind::Llm, Kind::Embedder] {
        for manifest in manifests.ranked(kind) {
            let installed = store.installed(manifest);
            let size = match (&installed, manifest.expected_size()) {
                (Some(found), _) => megabytes(found.size()),
                (None, Some(bytes)) if manifest.files.iter().all(|f| f.size.is_some()) => {
                    megabytes(bytes)
                }
                (None, Some(bytes)) => format!("~{}", megabytes(bytes)),
                (None, None) => "unknown".into(),
            };
            rows.push([
                manifest.name.clone(),
                kind.as_str().into(),
                size,
                if installed.is_some() { "yes" } else { "-" }.into(),
                match kind {
                    Kind::Embedder => "-".to_owned(),
                    Kind::Llm => judges(context, prompts.as_ref(), manifest, installed.as_ref()),
                },
                format!("{} MB", manifest.memory),
                manifest.licence.clone(),
            ]);
        }
    }
    say(&table(&rows))
}

/// What is known of a model's verdicts, in a word or two.
fn judges(
    context: &Context,
    prompts: Option<&Prompts>,
    manifest: &Manifest,
    installed: Option<&Installed>,
) -> String {
    let known = installed.and_then(|installed| {
        let info = world::info(context, manifest, installed);
        let key = Key::new(&info, prompts?.digest(), &context.config);
        Some(Records::new(&context.data_dir).get(&key)?.known)
    });
    match known {
        Some(Known::Measured(found)) => {
            let word = if found.passes(&context.config.model) { "yes" } else { "no" };
            format!("{word} ({:.0} %)", 100.0 * found.accuracy.value)
        }
        Some(Known::Slow { .. }) => "unmeasured".to_owned(),
        None if manifest.judges => "expected".to_owned(),
        None => "not expected".to_owned(),
    }
}

/// Columns as wide as their widest cell.
fn table(rows: &[[String; 7]]) -> String {
    let mut widths = [0; 7];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |row: &[String; 7]| {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn pull(names: &[String], manifests: &Manifests, store: &ModelStore) -> Outcome {
    // All names are looked up before anything is downloaded.
    let wanted = names.iter().map(|n| manifests.require(n)).collect::<Result<Vec<_>, _>>()?;
    let mut bar = Bar::new();
    for manifest in &wanted {
        let installed = store.pull(manifest, &mut bar)?;
        report(manifest, &installed)?;
    }
    if wanted.is_empty() {
        let (manifest, installed) =
            pull_best_llm(manifests, store, &Machine::detect(), None, &mut bar)?;
        report(&manifest, &installed)?;
        if let Some(embedder) = default_embedder(manifests) {
            report(embedder, &store.pull(embedder, &mut bar)?)?;
        }
    }
    Ok(Exit::Success)
}

/// The embedder that runs anywhere.
pub(super) fn default_embedder(manifests: &Manifests) -> Option<&Manifest> {
    manifests.ranked(Kind::Embedder).into_iter().find(|m| m.suggest && !m.needs_gpu)
}

fn report(manifest: &Manifest, installed: &Installed) -> Outcome {
    say(&format!(
        "{} is installed: {} in {}",
        manifest.name,
        megabytes(installed.size()),
        installed.folder.display()
    ))?;
    for file in &installed.files {
        let how =
            if file.pinned_here { "pinned on first download" } else { "as the manifest says" };
        say(&format!("  {}  sha256 {} ({how}; {})", file.name, file.sha256, file.origin))?;
    }
    Ok(Exit::Success)
}

fn remove(name: &str, context: &Context, manifests: &Manifests, store: &ModelStore) -> Outcome {
    let freed = store.remove(name)?;
    say(&format!("removed {name}: {} freed", megabytes(freed)))?;
    // A manifest without sources came from `models add`; without the file it is
    // of no use.
    let own = context.config_dir.join("models").join(format!("{name}.toml"));
    let added = manifests.get(name).is_some_and(|m| m.files.iter().all(|f| f.sources.is_empty()));
    if added && own.is_file() {
        std::fs::remove_file(&own)?;
        say(&format!("removed its manifest {}", own.display()))?;
    }
    Ok(Exit::Success)
}

fn check(names: &[String], manifests: &Manifests, store: &ModelStore) -> Outcome {
    let chosen: Vec<&Manifest> = match names.is_empty() {
        // Not only the whole ones: a damaged model is what this is for.
        true => manifests.iter().filter(|m| store.is_begun(m)).collect(),
        false => names.iter().map(|n| manifests.require(n)).collect::<Result<_, _>>()?,
    };
    if chosen.is_empty() {
        return say("no model is installed; `forewarn models pull` gets one");
    }
    let mut bar = Bar::new();
    let mut exit = Exit::Success;
    for manifest in chosen {
        for checked in store.check(manifest, &mut bar)? {
            let (good, words) = match checked.state {
                FileState::Good => (true, "good".to_owned()),
                FileState::Missing => (false, "missing".into()),
                FileState::Unknown => (false, "was never pinned; pull the model to pin it".into()),
                FileState::WrongSize { expected, found } => {
                    (false, format!("has {found} bytes, {expected} expected"))
                }
                FileState::WrongChecksum { expected, found } => {
                    (false, format!("has sha256 {found}, {expected} expected"))
                }
            };
            say(&format!("{} {}: {words}", manifest.name, checked.file))?;
            if !good {
                exit = Exit::Failure;
                say(&format!(
                    "  get it anew: forewarn models remove {0} && forewarn models pull {0}",
                    manifest.name
                ))?;
            }
        }
    }
    Ok(exit)
}

fn say(text: &str) -> Outcome {
    writeln!(anstream::stdout(), "{text}")?;
    Ok(Exit::Success)
}

fn megabytes(bytes: u64) -> String {
    match bytes {
        0..1_000_000_000 => format!("{} MB", bytes.div_ceil(1_000_000)),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// Draws a pull on standard error, where that is a terminal; notes are printed
/// in any case.
pub(super) struct Bar {
    bar: Option<ProgressBar>,
}

impl Bar {
    pub(super) fn new() -> Self {
        Self { bar: None }
    }
}

impl Progress for Bar {
    fn start(&mut self, file: &str, origin: &str, size: Option<u64>) {
        self.finish();
        let (bar, template) = match size {
            Some(bytes) => (
                ProgressBar::new(bytes),
                "{msg} [{wide_bar}] {bytes}/{total_bytes} {bytes_per_sec} {eta}",
            ),
            None => (ProgressBar::no_length(), "{msg} {spinner} {bytes} {bytes_per_sec}"),
        };
        bar.set_draw_target(ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(format!("{file} from {origin}"));
        self.bar = Some(bar);
    }

    fn advance(&mut self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(bytes);
        }
    }

    fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn note(&mut self, message: &str) {
        self.finish();
        // A note that cannot be printed must not end the download.
        let _ = writeln!(anstream::stderr(), "{message}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_lines_its_columns_up() {
        let row = |a: &str, b: &str| [a, b, "", "", "", "", "x"].map(str::to_owned);
        let text = table(&[row("NAME", "KIND"), row("qwen3-4b", "llm")]);
        let at: Vec<_> = text.lines().map(|l| l.find('x').unwrap()).collect();
        assert_eq!(at[0], at[1]);
    }

    #[test]
    fn the_default_embedder_runs_anywhere() {
        let manifests = Manifests::load(&crate::asset::Assets::builtin()).unwrap();
        assert_eq!(default_embedder(&manifests).unwrap().name, "all-minilm-l6-v2");
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(megabytes(98_362_432), "99 MB");
        assert_eq!(megabytes(4_700_000_000), "4.7 GB");
    }
}
