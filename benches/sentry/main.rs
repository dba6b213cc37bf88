//! Measures the Sentry cache: `generate` writes an export of any size, `measure`
//! imports it and searches. `benches/sentry/run` calls it.

mod generate;
mod measure;
mod place;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures the Sentry cache; see benches/sentry/README.md")]
struct Cli {
    #[command(subcommand)]
    part: Option<Part>,
    /// Passed by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum Part {
    /// Writes an export, always the same one.
    Generate(generate::Args),
    /// Imports an export into a new cache, searches it, and prints the figures as JSON.
    Measure(measure::Args),
    /// Places the frames of real events in real trees.
    Place(place::Args),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().part {
        Some(Part::Generate(args)) => generate::run(&args),
        Some(Part::Measure(args)) => measure::run(&args),
        Some(Part::Place(args)) => place::run(&args),
        None => {
            eprintln!("benches/sentry/run uses this; see benches/sentry/README.md");
            Ok(())
        }
    }
}
