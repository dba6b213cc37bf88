//! `forewarn config`.

use std::io::Write;

use super::{Context, Exit, Outcome, output};
use crate::config::{DEFAULTS, Layer, Setting};
use crate::plain;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print as JSON.
    #[arg(long, conflicts_with_all = ["path", "defaults"])]
    json: bool,
    /// Print only where the user's own file lies.
    #[arg(long, conflicts_with = "defaults")]
    path: bool,
    /// Print the commented defaults, a start for a file of one's own.
    #[arg(long)]
    defaults: bool,
}

impl Args {
    /// Whether no settings are needed to answer.
    pub fn is_bare(&self) -> bool {
        self.path || self.defaults
    }
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let mut out = context.output();
    if args.path {
        writeln!(out, "{}", context.user_file().display())?;
    } else if args.defaults {
        out.write_all(DEFAULTS.as_bytes())?;
    } else if args.json {
        let rows: Vec<_> = context.settings.iter().map(row).collect();
        output::json(&mut out, &rows)?;
    } else {
        writeln!(out, "# Each value with where it was set; one without is the default.")?;
        for setting in &context.settings {
            let value = plain::line(&setting.value.to_string(), 60);
            let assignment = format!("{} = {value}", setting.key);
            match &setting.place.layer {
                Layer::Default => writeln!(out, "{assignment}")?,
                _ => writeln!(
                    out,
                    "{assignment:<40}  # {}",
                    plain::line(&setting.place.to_string(), 200)
                )?,
            }
        }
    }
    out.flush()?;
    Ok(Exit::Success)
}

fn row(setting: &Setting) -> serde_json::Value {
    let (layer, file) = match &setting.place.layer {
        Layer::Default => ("default", None),
        Layer::User(path) => ("user", Some(path)),
        Layer::Repository(path) => ("repository", Some(path)),
        Layer::Flag => ("flag", None),
    };
    serde_json::json!({
        "key": setting.key,
        "value": setting.value,
        "layer": layer,
        "file": file.map(|f| f.display().to_string()),
        "line": file.and(setting.place.line),
    })
}
