//! The command line: one file for each command.

mod completions;
mod config;
mod demo;
mod docs;
mod eval;
mod feedback;
mod hook;
mod impact;
mod index;
mod log;
mod man;
mod memory;
mod models;
mod relay;
mod review;
mod risk;
mod rules;
mod search;
mod sentry;
mod show;
mod trust;
mod r#try;
mod world;

mod context;
mod error;
mod hint;
mod output;
mod selected;

use clap::{Parser, Subcommand};

pub use context::{CONFIG_DIR, Context, DATA_DIR};
pub use error::Advice;
pub use output::Output;

/// How a command ended, as the process's exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done; for a review: nothing found.
    Success = 0,
    /// The review has findings; the search has none, as ripgrep has it; or the second
    /// run of a comparison is worse.
    Findings = 1,
    /// The command could not do its work; clap uses the same for bad arguments.
    Failure = 2,
}

/// What a command returns; `error::report` turns failures into what happened,
/// why, and what to do next.
pub type Outcome = anyhow::Result<Exit>;

/// Predicts the bugs in a change before it is pushed, on this machine alone.
///
/// Exit codes: 0 done, and for a review nothing found; 1 the review has
/// findings, a search none, or a compared run is worse; 2 the command could not do its
/// work. FOREWARN_CONFIG_DIR and FOREWARN_DATA_DIR replace the folders of settings and of models; NO_COLOR
/// turns color off.
#[derive(Debug, Parser)]
#[command(name = "forewarn", version, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, clap::Args)]
pub struct Global {
    /// Run as if started in this folder.
    #[arg(short = 'C', long = "directory", global = true, value_name = "DIR")]
    pub directory: Option<std::path::PathBuf>,
    /// Set one setting for this run, for example `review.max_files=3`.
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// When to use color.
    #[arg(long, global = true, value_enum)]
    pub color: Option<crate::config::Color>,
    /// Log what the program does to standard error.
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Review a change.
    Review(review::Args),
    /// Show what a change does to symbols, and who depends on them.
    Impact(impact::Args),
    /// Show how likely a change and its files need a fix later, and why.
    Risk(risk::Args),
    /// List, test and try the structural rules.
    Rules(rules::Args),
    /// Search the code by words, names and meaning.
    Search(search::Args),
    /// Read and embed all code now, so that searches and reviews find it ready.
    Index(index::Args),
    /// Show what a review looks like, on a demonstration repository.
    Try(r#try::Args),
    /// List, get, add, remove and check models.
    Models(models::Args),
    /// Import and search exported Sentry issues.
    Sentry(sentry::Args),
    /// Search the documentation of packages, and import more.
    Docs(docs::Args),
    /// Measure reviews on changes of which the bugs are known.
    Eval(eval::Args),
    /// Install, remove and inspect the pre-push hook.
    Hook(hook::Args),
    /// List past reviews.
    Log(log::Args),
    /// Show a review or a finding.
    Show(show::Args),
    /// Vote on a finding.
    Feedback(feedback::Args),
    /// List and edit the facts kept about a repository.
    Memory(memory::Args),
    /// Show the settings in force and where each came from.
    Config(config::Args),
    /// Let this repository's own settings and prompts be used.
    Trust(trust::Args),
    /// Print a shell's completion script.
    Completions(completions::Args),
    /// Print the manual page.
    Man(man::Args),
    /// Connect to the endpoint for a review, which starts this itself.
    #[command(hide = true)]
    Relay(relay::Args),
}

impl Command {
    /// Whether it must work however broken the settings are.
    fn is_bare(&self) -> bool {
        match self {
            Self::Completions(_) | Self::Man(_) | Self::Relay(_) | Self::Trust(_) => true,
            Self::Config(args) => args.is_bare(),
            _ => false,
        }
    }

    /// Whether a person should be told how the settings were read.
    fn tells_notices(&self) -> bool {
        matches!(self, Self::Review(_) | Self::Config(_) | Self::Hook(_))
    }
}

/// Parses the command line, runs the command and maps the result to an exit code.
pub fn main() -> Exit {
    let cli = Cli::parse();
    let color = cli.global.color;
    if cli.global.verbose {
        let filter = tracing_subscriber::EnvFilter::new("forewarn=debug");
        // Fails only if a subscriber is set already, as in a test.
        let _ = tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .with_ansi(false)
            .with_env_filter(filter)
            .try_init();
    }
    let context = if cli.command.is_bare() { Context::bare } else { Context::new };
    let outcome = context(&cli.global).and_then(|context| {
        if cli.command.tells_notices() {
            for notice in &context.notices {
                eprintln!("note: {}", crate::plain::line(notice, 1000));
            }
        }
        run(cli.command, &context)
    });
    match outcome {
        Ok(exit) => exit,
        Err(error) if error::is_closed_output(&error) => Exit::Success,
        Err(error) => {
            error::report(&error, color);
            Exit::Failure
        }
    }
}

fn run(command: Command, context: &Context) -> Outcome {
    match command {
        Command::Review(args) => review::run(args, context),
        Command::Impact(args) => impact::run(args, context),
        Command::Risk(args) => risk::run(args, context),
        Command::Rules(args) => rules::run(args, context),
        Command::Index(args) => index::run(args, context),
        Command::Search(args) => search::run(args, context),
        Command::Try(args) => r#try::run(args, context),
        Command::Models(args) => models::run(args, context),
        Command::Sentry(args) => sentry::run(args, context),
        Command::Docs(args) => docs::run(args, context),
        Command::Eval(args) => eval::run(args, context),
        Command::Hook(args) => hook::run(args, context),
        Command::Log(args) => log::run(args, context),
        Command::Show(args) => show::run(args, context),
        Command::Feedback(args) => feedback::run(args, context),
        Command::Memory(args) => memory::run(args, context),
        Command::Config(args) => config::run(args, context),
        Command::Trust(args) => trust::run(args, context),
        Command::Completions(args) => completions::run(args, context),
        Command::Man(args) => man::run(args, context),
        Command::Relay(args) => relay::run(args),
    }
}
