//! Whether a model judges in a review, and what the report says of it.

use std::time::Duration;

use serde::Serialize;

use crate::agent::Prompts;
use crate::asset::Assets;
use crate::calibration::Platt;
use crate::config::Config;
use crate::engine::Llm;
use crate::plain;

use super::{Examination, Key, Known, Outcome, QualifyError, Record, Records};

/// Whether a model's verdicts keep and kill findings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    pub judges: bool,
    /// What its verdicts weigh, as measured.
    pub weight: Platt,
    /// Why, for the report.
    pub notes: Vec<String>,
}

impl Standing {
    /// Without a reason, for a model that is not to be measured.
    pub fn told(judges: bool) -> Self {
        Self { judges, weight: Platt::AS_IT_IS, notes: Vec::new() }
    }
}

/// What decides on a model's standing.
pub struct Asked<'a> {
    pub llm: &'a dyn Llm,
    pub assets: &'a Assets,
    pub config: &'a Config,
    pub records: &'a Records,
    /// What its user says, who overrides what was measured.
    pub told: Option<bool>,
    /// Seconds since the epoch.
    pub now: i64,
}

/// Takes what is known of the model. Where nothing is and its manifest expects it to
/// judge, it is measured now if that takes less than `model.qualify_seconds`. A model
/// that cannot be measured does not judge, and the review goes on.
pub fn standing(
    asked: &Asked<'_>,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Standing, QualifyError> {
    let prompts = Prompts::load(asked.assets)?;
    let info = asked.llm.info();
    let key = Key::new(info, prompts.digest(), asked.config);
    let known = asked.records.get(&key).map(|record| record.known);
    if let Some(judges) = asked.told {
        return Ok(overridden(asked, judges, known));
    }
    let mut notes = Vec::new();
    let may_measure = info.judges && asked.config.model.qualify_seconds > 0;
    let known = match known {
        None if may_measure => match first_use(asked, &prompts, progress) {
            Ok(known) => {
                notes.extend(keep(asked, key, &known));
                Some(known)
            }
            Err(error) => {
                let why = plain::line(&error.to_string(), 300);
                let note = format!("{} could not be measured and does not judge: {why}", info.name);
                return Ok(Standing { notes: vec![note], ..Standing::told(false) });
            }
        },
        known => known,
    };
    let weight = weight(known.as_ref());
    let (judges, note) = said(asked, known);
    notes.insert(0, note);
    Ok(Standing { judges, weight, notes })
}

/// Verdicts that were not measured are taken as they are.
fn weight(known: Option<&Known>) -> Platt {
    match known {
        Some(Known::Measured(found)) => found.weight,
        _ => Platt::AS_IT_IS,
    }
}

fn first_use(
    asked: &Asked<'_>,
    prompts: &Prompts,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Known, QualifyError> {
    let examination = Examination::new(asked.llm, prompts, asked.assets, &asked.config.agent)?;
    let mut seconds = asked.config.model.qualify_seconds;
    if asked.config.review.budget_seconds > 0 {
        seconds = seconds.min(asked.config.review.budget_seconds);
    }
    let limit = Duration::from_secs(seconds);
    Ok(match examination.run(examination.probes(), Some(limit), progress)? {
        Outcome::Measured { qualification, .. } => Known::Measured(qualification),
        Outcome::Slow { seconds } => Known::Slow { seconds },
    })
}

/// Keeps a measurement; says so where that is not possible, since the next review then
/// measures again.
fn keep(asked: &Asked<'_>, key: Key, known: &Known) -> Option<String> {
    let (model, time) = (asked.llm.info().name.clone(), asked.now);
    let record = Record { model: model.clone(), time, key, known: known.clone() };
    let error = asked.records.put(&record).err()?;
    Some(format!("the measurement of {model} was not kept: {error}"))
}

fn said(asked: &Asked<'_>, known: Option<Known>) -> (bool, String) {
    let (name, settings) = (&asked.llm.info().name, &asked.config.model);
    let command = command(asked.llm);
    match known {
        Some(Known::Measured(found)) if found.passes(settings) => {
            (true, format!("{name} judges: {}", found.words()))
        }
        Some(Known::Measured(found)) => (
            false,
            format!(
                "{name} does not judge: {}; the bar is {:.0} % with an interval above {:.0} % \
                 (model.qualify_bar, model.qualify_floor)",
                found.words(),
                100.0 * settings.qualify_bar,
                100.0 * settings.qualify_floor
            ),
        ),
        Some(Known::Slow { seconds }) => (
            false,
            format!(
                "{name} does not judge before it is measured, which takes about {:.0} minutes \
                 here: `{command}`",
                (seconds / 60.0).ceil()
            ),
        ),
        None if asked.llm.info().judges => {
            (false, format!("{name} does not judge before it is measured: `{command}`"))
        }
        None => (false, format!("{name} is not expected to judge well; `{command}` measures it")),
    }
}

fn overridden(asked: &Asked<'_>, judges: bool, known: Option<Known>) -> Standing {
    let (name, command) = (&asked.llm.info().name, command(asked.llm));
    let weight = weight(known.as_ref());
    let measured = match known {
        Some(Known::Measured(found)) => format!("measured: {}", found.words()),
        _ => format!("not measured: `{command}` does"),
    };
    let what = if judges { "judges" } else { "does not judge" };
    let note = format!("{name} {what} as endpoint.judges has it ({measured})");
    Standing { judges, weight, notes: vec![note] }
}

/// How to measure a model; that of an endpoint has no name of its own.
fn command(llm: &dyn Llm) -> String {
    match llm.info().device.as_str() {
        "remote" => "forewarn models qualify".to_owned(),
        _ => format!("forewarn models qualify {}", llm.info().name),
    }
}
