//! `forewarn impact`: what a change does to symbols, and who depends on them.

use std::io::Write;
use std::sync::Arc;

use super::selected::Selected;
use super::{Context, Exit, Outcome, index::progress, output};
use crate::change::collect;
use crate::impact;
use crate::index::Index;
use crate::lang::Languages;
use crate::sandbox;

#[derive(Debug, clap::Args)]
#[command(after_help = "No model takes part. A line is a symbol: where it is, what happened to \
    it, who uses it unchanged, what else implements it, which tests name it. A place with a \
    question mark may mean another symbol of that name. Tests are not compared; what else was \
    not compared is named at the end, with the reason. The exit code is 0, whether or not there are effects.")]
pub struct Args {
    #[command(flatten)]
    selected: Selected,
    /// Write all as JSON, also symbols that nobody depends on.
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    sandbox::close_network()?;
    let repo = context.repo()?;
    let selection = args.selected.selection();
    let change = collect(&repo, &selection, context.config.review.max_file_bytes)?;
    let store = context.store(&repo)?;
    let index = Index::new(&store, Arc::new(Languages::load(&context.assets)?));
    let (base, head) = (repo.snapshot(&change.base.tree)?, repo.snapshot(&change.head.tree)?);
    let head = Arc::new(head);
    index.update(&head, None, &[], 0, &mut progress("reading"))?;
    let files: Vec<String> = change.files.iter().map(|f| f.path.clone()).collect();
    let impact = impact::assess(&change, &files, &base, &index.view(head)?)?;
    let mut out = context.output();
    if args.json {
        output::json(&mut out, &impact)?;
    } else {
        let lines = impact::brief(&impact, usize::MAX);
        if lines.is_empty() {
            let nothing = match change.files.is_empty() {
                true => "The change is empty.",
                false => "Nothing that others depend on, as far as the files could be read.",
            };
            writeln!(out, "{nothing}")?;
        }
        for line in lines.into_iter().chain(impact::unread(&impact)) {
            writeln!(out, "{line}")?;
        }
    }
    out.flush()?;
    Ok(Exit::Success)
}
