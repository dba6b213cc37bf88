mod config;
mod schedule;

use std::process::ExitCode;

fn main() -> ExitCode {
    let path = std::env::args().nth(1).unwrap_or("cronlite.conf".into());
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) => {
            eprintln!("{path}: {e}");
            return ExitCode::FAILURE;
        }
    };
    match config::parse(&text) {
        Ok(jobs) => {
            let now = std::env::args()
                .nth(2)
                .and_then(|time| config::minute(&time))
                .unwrap_or(0);
            for job in &jobs {
                let wait = schedule::wait(job, now);
                let times = schedule::describe(job);
                println!("{} at {times}, in {wait} minutes", job.command);
            }
            ExitCode::SUCCESS
        }
        Err(e) => {
            eprintln!("{path}: {e}");
            ExitCode::FAILURE
        }
    }
}
