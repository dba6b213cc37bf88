//! `forewarn rules`: the structural rules, their examples, and what they find in files.

use std::collections::{BTreeSet, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::{Context, Exit, Outcome, output};
use crate::index::Source;
use crate::lang::Languages;
use crate::plain;
use crate::report::count;
use crate::rule::{self, Alone, Pair, Rules, Subject};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the rules.
    List {
        /// Only rules whose id contains it.
        #[arg(default_value = "")]
        word: String,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Run rules over their own examples; exits with 1 if one does not do as it says.
    Test {
        /// Only rules whose id contains it.
        #[arg(default_value = "")]
        word: String,
    },
    /// Run rules over whole files, as if all of each were new.
    Scan {
        /// Files and folders; tests in them are left out.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Only rules whose id contains it.
        #[arg(long, default_value = "")]
        rule: String,
    },
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let rules = Rules::load(&context.assets)?;
    let mut out = context.output();
    let exit = match args.command {
        Command::List { word, json } => list(&rules, &word, json, &mut out)?,
        Command::Test { word } => test(&rules, &word, context, &mut out)?,
        Command::Scan { paths, rule } => scan(&rules, &rule, &paths, context, &mut out)?,
    };
    out.flush()?;
    Ok(exit)
}

fn list(rules: &Rules, word: &str, json: bool, out: &mut dyn Write) -> Outcome {
    let all: Vec<_> = rules.summaries().into_iter().filter(|s| s.id.contains(word)).collect();
    if json {
        output::json(out, &all)?;
        return Ok(Exit::Success);
    }
    for one in &all {
        writeln!(out, "{:40} {:20} {}", one.id, one.kind, one.title)?;
    }
    if all.is_empty() {
        writeln!(out, "No rule has `{}` in its id.", plain::line(word, 80))?;
    }
    Ok(Exit::Success)
}

fn test(rules: &Rules, word: &str, context: &Context, out: &mut dyn Write) -> Outcome {
    let languages = Languages::load(&context.assets)?;
    let outcomes = rule::check(rules, &languages, word)?;
    let mut failed = 0;
    for one in &outcomes {
        if let Some(fault) = &one.fault {
            failed += 1;
            writeln!(out, "{} ({}), {}: {fault}", one.rule, one.language, one.subject)?;
        }
    }
    let patterns = outcomes.iter().filter(|o| matches!(o.subject, Subject::Pattern(_))).count();
    let tested: BTreeSet<&str> = outcomes.iter().map(|o| o.rule.as_str()).collect();
    writeln!(
        out,
        "{}, {}, {}, {failed} failed",
        count(tested.len(), "rule"),
        count(patterns, "pattern"),
        count(outcomes.len() - patterns, "example")
    )?;
    Ok(if failed == 0 { Exit::Success } else { Exit::Findings })
}

fn scan(
    rules: &Rules,
    word: &str,
    paths: &[PathBuf],
    context: &Context,
    out: &mut dyn Write,
) -> Outcome {
    let languages = Languages::load(&context.assets)?;
    let rules = rules.only(word);
    let mut compiled = HashMap::new();
    let (mut files, mut found) = (0, 0);
    for path in walk(paths)? {
        let name = path.to_string_lossy().replace('\\', "/");
        if languages.of(&name, "").is_none() || languages.is_test_path(&name) {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        if languages.skip_rules().reason(&text).is_some() {
            continue;
        }
        let Some(head) = Source::parse(&languages, &name, text.into()) else { continue };
        files += 1;
        let language = head.language;
        if !compiled.contains_key(&language.name) {
            compiled.insert(language.name.clone(), rules.of(language)?);
        }
        let known = Alone::new(&head);
        let added = (1..=head.text.lines().count() as u32).collect();
        let pair =
            Pair { base: None, head: Some(&head), added, removed: BTreeSet::new(), test: false };
        for (_, one) in rule::introduced(&compiled, &[pair], &known) {
            found += 1;
            let source = plain::line(head.line(one.start).trim(), 120);
            writeln!(out, "{name}:{}: {}: {source}", one.start, one.rule)?;
        }
    }
    writeln!(out, "{} in {}", count(found, "place"), count(files, "file"))?;
    Ok(if found == 0 { Exit::Success } else { Exit::Findings })
}

/// All files below the paths, sorted; links and hidden folders are not followed.
fn walk(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = Vec::new();
    for path in paths {
        let data = path.metadata().with_context(|| format!("could not read {}", path.display()))?;
        if data.is_dir() { folders.push(path.clone()) } else { files.push(path.clone()) }
    }
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .with_context(|| format!("could not list {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            let kind = entry.file_type()?;
            if kind.is_dir() && !hidden {
                folders.push(entry.path());
            } else if kind.is_file() && !is_vendored(&entry.path()) {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

fn is_vendored(path: &Path) -> bool {
    path.components().any(|c| c.as_os_str() == "node_modules" || c.as_os_str() == "vendor")
}
