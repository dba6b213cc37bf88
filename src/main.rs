//! Runs the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(forewarn::cli::main() as u8)
}
