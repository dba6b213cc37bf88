//! Measures the engine, or records and replays a review; `run` beside this file
//! calls it and llama.cpp in turn. Each command prints one JSON object.

mod fixture;
mod measure;
mod ours;
mod record;
mod replay;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures the engine; benches/engine/run compares it with llama.cpp")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Passed by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Tokens per second of prefill, decode and several sequences at once.
    Measure(measure::Args),
    /// Time to load a model against that of reading its file, and peak memory.
    Load(measure::LoadArgs),
    /// Reviews a change and writes down every request with its output.
    Record(record::Args),
    /// Computes a recorded review again, with its outputs forced.
    Replay(replay::Args),
}

/// Where and with how many threads.
#[derive(clap::Args)]
struct Model {
    /// A GGUF file.
    model: PathBuf,
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

fn main() -> anyhow::Result<()> {
    let result = match Cli::parse().command {
        None => {
            eprintln!("benches/engine/run compares the engine with llama.cpp; see benches/README");
            return Ok(());
        }
        Some(Command::Measure(args)) => measure::run(&args)?,
        Some(Command::Load(args)) => measure::load(&args)?,
        Some(Command::Record(args)) => record::run(args)?,
        Some(Command::Replay(args)) => replay::run(&args)?,
    };
    println!("{result}");
    Ok(())
}
