//! `forewarn eval check`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use crate::cli::{Context, Exit, Outcome};
use crate::eval::dataset::Label;
use crate::report::count;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the dataset.
    #[arg(value_name = "DATASET")]
    dataset: PathBuf,
}

pub fn run(args: &Args, context: &Context) -> Outcome {
    let dataset = super::load(context, &args.dataset)?;
    let mut out = context.output();
    let bugged = dataset.cases.iter().filter(|c| c.facts.label == Label::Bug).count();
    writeln!(
        out,
        "{} ({}): {}, {bugged} with bugs, {} safe, {} with production history",
        dataset.name,
        dataset.hash,
        count(dataset.cases.len(), "case"),
        dataset.cases.len() - bugged,
        dataset.cases.iter().filter(|c| c.sentry.is_some()).count(),
    )?;
    for (what, of) in [("languages", 0), ("halves", 1), ("kinds of bugs", 2)] {
        let mut parts: BTreeMap<&str, usize> = BTreeMap::new();
        for facts in dataset.cases.iter().map(|c| &c.facts) {
            let names: Vec<&str> = match of {
                0 => vec![&facts.language],
                1 => vec![facts.half.map_or("none", |h| h.as_str())],
                _ => facts.bugs.iter().map(|b| b.kind.as_deref().unwrap_or("unnamed")).collect(),
            };
            names.into_iter().for_each(|name| *parts.entry(name).or_default() += 1);
        }
        let parts: Vec<String> = parts.iter().map(|(name, n)| format!("{n} {name}")).collect();
        writeln!(out, "{what}: {}", parts.join(", "))?;
    }
    let bugs = dataset.cases.iter().flat_map(|c| &c.facts.bugs);
    let (without_lines, rejects) = (
        bugs.filter(|b| !b.has_lines()).count(),
        dataset.cases.iter().map(|c| c.facts.rejects.len()).sum::<usize>(),
    );
    if without_lines > 0 {
        writeln!(out, "bugs without lines, which words alone decide: {without_lines}")?;
    }
    if rejects > 0 {
        writeln!(out, "remarks that are known to be wrong: {rejects}")?;
    }
    out.flush()?;
    Ok(Exit::Success)
}
