//! `forewarn eval import`.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::cli::error::Advice;
use crate::cli::{Context, Exit, Outcome};
use crate::eval::Places;
use crate::eval::import::{self, Formats, Head, Imported, LeftOut, Read};
use crate::lang::Languages;
use crate::plain;
use crate::report::count;

/// Reasons that are shown unless all are asked for.
const SHOWN: usize = 10;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Form of what is imported.
    #[arg(value_enum, value_name = "FORM")]
    form: Form,
    /// The file or folder to import.
    #[arg(value_name = "PATH")]
    from: PathBuf,
    /// Folder of your own clones of the repositories that it names, as `owner+name`,
    /// `owner/name` or `name`.
    #[arg(long, value_name = "DIR", visible_alias = "mirror")]
    clones: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// A file with a change of a public repository a line, as JSON.
    Catalogue,
    /// The folder `dataset` of AACR-Bench: `positive_samples.json` and
    /// `negative_samples.json`.
    Aacr,
    /// Martian's code review benchmark: the folder `golden_comments`, or a file of it.
    Martian,
    /// A folder of BugsInPy: `projects/NAME/bugs/N/`.
    #[value(name = "bugsinpy")]
    BugsInPy,
    /// A folder of Defects4J: `framework/projects/NAME/`.
    #[value(name = "defects4j")]
    Defects4J,
}

/// Where a dataset is written, and how it is called.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Output {
    /// Folder of the dataset, which must be new.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Name of the dataset; that of the folder unless given.
    #[arg(long)]
    name: Option<String>,
    /// License of the cases, as SPDX has it.
    #[arg(long, default_value = "NOASSERTION")]
    license: String,
    /// Tell every record that was left out, not the first ones only.
    #[arg(long)]
    all: bool,
}

pub fn run(args: &Args, context: &Context) -> Outcome {
    let folder = args.output.folder(context)?;
    let languages = Languages::load(&context.assets)?;
    let names = crate::eval::names(&context.assets, &languages)?;
    let formats = Formats::new(&names.languages);
    let from = context.folder.join(&args.from);
    let places = Places {
        cache: super::folder(context),
        dataset: folder,
        clones: args.clones.as_ref().map(|clones| context.folder.join(clones)),
    };
    let (read, title) = match args.form {
        Form::Catalogue => (import::catalogue(&from, &formats)?, "Real changes of a catalogue"),
        Form::Aacr => (import::aacr(&from, &formats, &places)?, "AACR-Bench"),
        Form::Martian => (
            import::golden(&from, &formats, &languages, &places)?,
            "Golden comments of Martian's code review benchmark",
        ),
        Form::BugsInPy => {
            (import::bugs_in_py(&from, &formats, &languages)?, "Bugs of BugsInPy, fixes taken back")
        }
        Form::Defects4J => {
            (import::defects4j(&from, &formats)?, "Bugs of Defects4J, fixes taken back")
        }
    };
    let file = args.from.file_name().map_or_else(String::new, |n| n.to_string_lossy().into());
    let head = args.output.head(title, format!("Imported from {file}."));
    args.output.finish(context, read, &from, &head, &places)
}

impl Output {
    /// The folder to write, which is checked before any work is done.
    pub fn folder(&self, context: &Context) -> anyhow::Result<PathBuf> {
        let folder = context.folder.join(&self.output);
        import::check_output(&folder)?;
        if self.dataset_name().is_empty() {
            let what = format!("`{}` gives the dataset no name", self.output.display());
            return Err(Advice { what, help: "give one with `--name`".to_owned() }.into());
        }
        Ok(folder)
    }

    fn dataset_name(&self) -> String {
        let folder = || self.output.file_name().map(|n| n.to_string_lossy().into_owned());
        import::slug(&self.name.clone().or_else(folder).unwrap_or_default())
    }

    pub fn head(&self, title: &str, description: String) -> Head {
        Head {
            name: self.dataset_name(),
            title: title.to_owned(),
            description: plain::line(&description, 300),
            license: self.license.clone(),
        }
    }

    /// Writes the dataset and says what is in it, and what is not.
    pub fn finish(
        &self,
        context: &Context,
        read: Read,
        from: &Path,
        head: &Head,
        places: &Places,
    ) -> Outcome {
        let names = crate::eval::names(&context.assets, &Languages::load(&context.assets)?)?;
        let bar = bar();
        let ended = import::finish(read, from, head, places, &names, &|done, all| {
            if let Some(bar) = &bar {
                bar.set_message(format!("making case {} of {all} ready", done + 1));
                bar.tick();
            }
        });
        bar.inspect(indicatif::ProgressBar::finish_and_clear);
        let Imported { bugged, safe, left_out } = ended?;
        let mut out = context.output();
        writeln!(
            out,
            "Wrote {}: {}, {} with bugs, {} safe.",
            self.output.display(),
            count(bugged.len() + safe.len(), "case"),
            bugged.len(),
            safe.len()
        )?;
        let shown = if self.all { left_out.len() } else { SHOWN };
        if !left_out.is_empty() {
            writeln!(out, "Left out {}:", left_out.len())?;
        }
        for LeftOut { record, why } in left_out.iter().take(shown) {
            writeln!(out, "  {}: {}", plain::line(record, 80), plain::line(why, 300))?;
        }
        if left_out.len() > shown {
            writeln!(out, "  and {} more; `--all` tells them", left_out.len() - shown)?;
        }
        out.flush().context("could not write what was imported")?;
        Ok(Exit::Success)
    }
}

/// Shows what is being done, on a terminal only.
pub(super) fn bar() -> Option<indicatif::ProgressBar> {
    std::io::stderr().is_terminal().then(|| {
        let bar = indicatif::ProgressBar::new_spinner();
        if let Ok(style) = indicatif::ProgressStyle::with_template("{spinner} {msg}, {elapsed}") {
            bar.set_style(style);
        }
        bar
    })
}
