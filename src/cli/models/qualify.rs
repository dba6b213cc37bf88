//! `forewarn models qualify`: measures on the built-in probes whether a model's
//! verdicts beat chance.

use std::io::{IsTerminal, Write};
use std::sync::Arc;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::agent::Prompts;
use crate::cli::{Advice, Context, Exit, Outcome, world};
use crate::config;
use crate::engine::Llm;
use crate::plain;
use crate::review::qualify::{
    self, Answers, Examination, Key, Known, Qualification, Record, Records,
};
use crate::sandbox;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name of an installed model; without one, the model that reviews use.
    name: Option<String>,
    /// Ask at most so many probes: they come in pairs, every kind of bug first.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    probes: Option<u32>,
    /// Show the answers to every pair.
    #[arg(long)]
    details: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let llm = model(args.name.as_deref(), context)?;
    let prompts = Prompts::load(&context.assets)?;
    let settings = &context.config.agent;
    let examination = Examination::new(llm.as_ref(), &prompts, &context.assets, settings)?;
    let most = args.probes.map_or(examination.probes(), |n| n as usize);
    let mut bar = Bar::new(&llm.info().name);
    let outcome = examination.run(most, None, &mut |done, all| bar.show(done, all))?;
    drop(bar);
    let qualify::Outcome::Measured { answers, qualification } = outcome else {
        anyhow::bail!("the examination was broken off, although it had no limit");
    };
    let mut out = context.output();
    if args.details {
        write!(out, "{}", table(&answers))?;
    }
    let name = plain::line(&llm.info().name, 200);
    write!(out, "{}", report(&name, &qualification, &context.config.model))?;
    let records = Records::new(&context.data_dir);
    let key = Key::new(llm.info(), prompts.digest(), &context.config);
    let more = match records.get(&key).map(|record| record.known) {
        Some(Known::Measured(known)) => known.probes > qualification.probes,
        _ => false,
    };
    if more {
        writeln!(out, "not kept: an earlier measurement had more probes")?;
    } else {
        let known = Known::Measured(qualification);
        let record = Record { model: llm.info().name.clone(), time: context.now(), key, known };
        records.put(&record).context("could not keep the measurement in the data folder")?;
    }
    out.flush()?;
    Ok(Exit::Success)
}

/// The model, with the network closed to this process but for the relay of an endpoint.
fn model(name: Option<&str>, context: &Context) -> anyhow::Result<Arc<dyn Llm>> {
    let endpoint = match name {
        None => context.endpoint()?,
        Some(_) => None,
    };
    sandbox::close_network().context("could not close the network")?;
    if let Some(name) = name {
        return world::named_model(context, name);
    }
    world::language_model(context, endpoint.as_ref())?.ok_or_else(|| {
        let what = match context.config.model.llm.as_str() {
            "none" => "the settings turn language models off (model.llm)",
            _ => "no language model is installed",
        };
        let help = "name one: `forewarn models qualify NAME`; `forewarn models list` shows what \
                    is installed, `forewarn models pull` gets one";
        Advice { what: what.to_owned(), help: help.to_owned() }.into()
    })
}

fn report(name: &str, found: &Qualification, settings: &config::Model) -> String {
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    let verdict = match found.passes(settings) {
        true => "at the bar: its verdicts keep and kill findings".to_owned(),
        false => format!(
            "below the bar ({} right, interval above {}): its verdicts neither keep nor kill a \
             finding",
            percent(settings.qualify_bar),
            percent(settings.qualify_floor)
        ),
    };
    format!(
        "{name}: {} probes, {:.2} s a verdict\n\
         \u{20} balanced accuracy {:.3}, 95 % interval {:.3} to {:.3}\n\
         \u{20} calls {} of the bugs valid and {} of their safe twins invalid, its leaning \
         ({:.2} for `valid`) taken out\n\
         \u{20} Brier score {:.3} (always saying 0.5 has 0.25); ranks the bug above its twin in {} \
         of pairs\n\
         \u{20} `valid` named first makes it {:+.3} more probable; either order alone: {} of \
         verdicts differ\n\
         {verdict}\n",
        found.probes,
        found.seconds,
        found.accuracy.value,
        found.accuracy.low,
        found.accuracy.high,
        percent(found.kept),
        percent(found.cleared),
        found.leaning,
        found.brier,
        percent(found.ranked),
        found.order_shift,
        percent(found.order_flips),
    )
}

/// A line for each pair: the probability of `valid` for the bug and for its twin.
fn table(answers: &[Answers]) -> String {
    let mut text = format!("{:19} {:10} {:>5} {:>5}  \n", "KIND", "LANGUAGE", "BUG", "SAFE");
    for a in answers {
        text.push_str(&format!(
            "{:19} {:10} {:5.3} {:5.3}  {}\n",
            a.kind,
            a.language,
            a.bug,
            a.safe,
            plain::line(&a.title, 80)
        ));
    }
    text + "\n"
}

/// Shows on standard error how far an examination is; nothing where that is no terminal.
pub(in crate::cli) struct Bar {
    bar: Option<ProgressBar>,
    name: String,
}

impl Bar {
    pub(in crate::cli) fn new(name: &str) -> Self {
        Self { bar: None, name: plain::line(name, 60) }
    }

    pub(in crate::cli) fn show(&mut self, done: usize, all: usize) {
        if !std::io::stderr().is_terminal() {
            return;
        }
        let name = &self.name;
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::new(all as u64);
            bar.set_draw_target(ProgressDrawTarget::stderr());
            let form = "measuring {msg} [{wide_bar}] {pos}/{len} probes {eta}";
            if let Ok(style) = ProgressStyle::with_template(form) {
                bar.set_style(style);
            }
            bar.set_message(name.clone());
            bar
        });
        bar.set_position(done as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
