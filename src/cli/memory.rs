//! `forewarn memory`.

use std::io::Write;

use super::{Advice, Context, Exit, Outcome, output};
use crate::plain;
use crate::report::count;
use crate::store::Memory;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the facts, oldest first.
    List {
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Add a fact, which stays until it is removed.
    Add { text: String },
    /// Reword a fact, which makes it your own: it stays until it is removed.
    Edit { id: i64, text: String },
    /// Remove a fact.
    Remove { id: i64 },
}

/// Most characters of a fact: every one of them stands in every prompt.
const LONGEST: usize = 500;

pub fn run(args: Args, context: &Context) -> Outcome {
    let store = context.store(&context.repo()?)?;
    let mut out = context.output();
    match args.command {
        Command::List { json } => {
            let memories = store.memories()?;
            if json {
                output::json(&mut out, &memories)?;
            } else if memories.is_empty() {
                writeln!(out, "No facts yet; reviews learn some, `forewarn memory add` adds one.")?;
            } else {
                for memory in &memories {
                    line(memory, context, &mut out)?;
                }
            }
        }
        Command::Add { text } => {
            let memory = store.add_memory(&fact(&text)?, Memory::USER, context.now())?;
            line(&memory, context, &mut out)?;
        }
        Command::Edit { id, text } => {
            let (before, after) = (store.memory(id)?, fact(&text)?);
            store.edit_memory(id, &after, context.now())?;
            if before.text != after {
                store.refuse_memory(&before.text)?;
            }
            store.adopt_memory(id)?;
            line(&store.memory(id)?, context, &mut out)?;
        }
        Command::Remove { id } => {
            let memory = store.memory(id)?;
            store.remove_memory(id)?;
            store.refuse_memory(&memory.text)?;
            writeln!(out, "Removed {id}: {}", plain::line(&memory.text, LONGEST))?;
        }
    }
    out.flush()?;
    Ok(Exit::Success)
}

/// The text of a fact, on one line.
fn fact(text: &str) -> Result<String, Advice> {
    let text = plain::line(text.trim(), usize::MAX);
    let wrong = |what: &str| {
        Err(Advice {
            what: what.to_owned(),
            help: format!("say one lasting fact in at most {LONGEST} characters"),
        })
    };
    match text.chars().count() {
        0 => wrong("the fact is empty"),
        n if n > LONGEST => wrong("the fact is too long"),
        _ => Ok(text),
    }
}

fn line(memory: &Memory, context: &Context, out: &mut dyn Write) -> std::io::Result<()> {
    let source = match memory.source.as_str() {
        Memory::USER => "yours".to_owned(),
        review => format!(
            "of {}, confirmed {}, last {}",
            plain::line(review, 40),
            count(memory.confirmations as usize, "time"),
            context.local(memory.confirmed)
        ),
    };
    writeln!(out, "{:>4}  {}  ({source})", memory.id, plain::line(&memory.text, LONGEST))
}
