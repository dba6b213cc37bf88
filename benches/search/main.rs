//! Measures search: `quality` asks questions whose answers are known, `speed`
//! times indexing and look-ups. `benches/search/run` and `benches/index/run`
//! call it.

mod peer;
mod quality;
mod question;
mod speed;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures search; see benches/README.md")]
struct Cli {
    #[command(subcommand)]
    part: Option<Part>,
    /// Passed by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum Part {
    /// Asks questions about a repository and prints the ranks as JSON lines.
    Quality(quality::Args),
    /// Times the index of a repository and prints the figures as JSON.
    Speed(speed::Args),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().part {
        Some(Part::Quality(args)) => quality::run(&args),
        Some(Part::Speed(args)) => speed::run(&args),
        None => {
            eprintln!("benches/search/run and benches/index/run use this; see benches/README.md");
            Ok(())
        }
    }
}
