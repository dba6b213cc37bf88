//! Examines each hypothesis with an agent of its own: what the evidence says,
//! a revision against the bug guidelines, then the verdict.

mod examine;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::agent::{NO_PROBABILITY, Trace};
use crate::calibration::{log_odds, probability};
use crate::finding::{Answer, Hypothesis, Judge, Origin, Source, Verdict};
use crate::history::Entry;

use super::ReviewError;
use super::chance::Chances;
use super::context::Context;
use super::run::Run;

use examine::{Opinion, Work};

pub(super) use examine::task;

/// How the trace says that an agent broke down.
pub(super) const FAILED: &str = "the agent failed";

/// How the trace says that hypotheses were not examined.
pub(super) const UNEXAMINED: &str = "the budget";
/// Which look at a hypothesis an agent takes; added to the seed.
const FIRST: u64 = 0;
const SECOND: u64 = 1;
/// Log-odds of a verdict that is as sure as they come.
const SURE: f64 = 3.0;

/// Past failures around a hypothesis that are shown.
const FAILURES: usize = 2;

/// A hypothesis with what became of it.
pub(super) struct Verified {
    pub hypothesis: Hypothesis,
    pub verdict: Verdict,
}

/// Examines the hypotheses, concurrently or, with a budget, one after the other while it
/// lasts. Whose verdict counts depends on the mode: a model that may not judge goes through
/// every step, and its verdict stands in the trace only.
pub(super) async fn verify(
    run: &mut Run,
    hypotheses: Vec<Hypothesis>,
) -> Result<Vec<Verified>, ReviewError> {
    let doing = format!("verifying {} hypotheses", hypotheses.len());
    let mut trace = run.begin("verify", &doing);
    let mut opinions: Vec<Option<Opinion>> = hypotheses.iter().map(|_| None).collect();
    let chances = Chances::load(&run.world)?;
    let chances: Vec<f64> = hypotheses.iter().map(|h| chances.of(h)).collect();
    if let Some(context) = run.context.clone().filter(|_| run.world.llm.is_some()) {
        let works = works(run, &context, &hypotheses)?;
        let order = by_use(run, &hypotheses, &chances);
        let unexamined = look(run, &works, &order, FIRST, &mut opinions, &mut trace).await?;
        if let Some(budget) = run.budget.filter(|_| !unexamined.is_empty()) {
            let names: Vec<String> = unexamined
                .iter()
                .map(|&n| format!("\"{}\" at {}", hypotheses[n].title, hypotheses[n].location))
                .collect();
            trace.note(format!(
                "{UNEXAMINED} of {} s was spent before {}",
                budget.length.as_secs(),
                names.join(", ")
            ));
        }
        let band = run.world.config.review.second_look;
        let undecided = |n: &usize| {
            let odds = opinions[*n].as_ref().map(|opinion| opinion.odds);
            run.judged() && odds.is_some_and(|odds| (probability(odds) - 0.5).abs() < band)
        };
        let undecided: Vec<usize> = order.into_iter().filter(undecided).collect();
        look(run, &works, &undecided, SECOND, &mut opinions, &mut trace).await?;
    }
    if trace.events().iter().any(|e| e.text.starts_with(NO_PROBABILITY)) {
        run.notes.push(format!("{NO_PROBABILITY}: the model's verdicts do not count"));
    }
    let mut verified = Vec::new();
    for ((mut hypothesis, opinion), chance) in hypotheses.into_iter().zip(opinions).zip(chances) {
        let verdict = match opinion {
            Some(opinion) if run.judged() => opinion.settle(&mut hypothesis, chance),
            _ => by_program(run, &hypothesis, chance),
        };
        trace.note(format!(
            "{} is {:?} with confidence {:.3}, {chance:.3} before verification ({})",
            hypothesis.id, verdict.answer, verdict.confidence, verdict.reason
        ));
        verified.push(Verified { hypothesis, verdict });
    }
    run.end(trace);
    Ok(verified)
}

fn works(
    run: &Run,
    context: &Arc<Context>,
    hypotheses: &[Hypothesis],
) -> Result<Vec<Arc<Work>>, ReviewError> {
    let mut works = Vec::new();
    for hypothesis in hypotheses {
        works.push(Arc::new(Work {
            world: run.world.clone(),
            prompts: run.prompts.clone(),
            toolbox: run.toolbox.clone(),
            context: context.clone(),
            paths: run.reviewed.clone(),
            history: around(run, hypothesis)?,
            rubric: run.rubric.clone(),
            reach: run.rubric.proven(hypothesis, &run.sentry())?,
            hypothesis: hypothesis.clone(),
        }));
    }
    Ok(works)
}

/// The order in which to examine hypotheses, which come ranked by risk: first those that a
/// verdict can move across the threshold of confidence.
fn by_use(run: &Run, hypotheses: &[Hypothesis], chances: &[f64]) -> Vec<usize> {
    let bar = log_odds(run.world.config.review.min_confidence);
    let weight = &run.world.standing.weight;
    let can_turn = |n: usize| {
        let shown = |odds: f64| log_odds(chances[n]) + odds >= bar;
        let (for_it, against) = (weight.odds(SURE), weight.odds(-SURE));
        hypotheses[n].origin == Origin::Model
            || shown(for_it.max(against)) != shown(for_it.min(against))
    };
    let mut order: Vec<usize> = (0..hypotheses.len()).collect();
    order.sort_by_key(|&n| !can_turn(n));
    order
}

/// Lets agents look at some of the hypotheses and joins what they say to the opinions.
/// Returns those that the budget left no time for.
async fn look(
    run: &Run,
    works: &[Arc<Work>],
    order: &[usize],
    look: u64,
    opinions: &mut [Option<Opinion>],
    trace: &mut Trace,
) -> Result<Vec<usize>, ReviewError> {
    let begin = |n: usize| {
        let (work, left) = (works[n].clone(), run.budget.map(|b| b.left()));
        tokio::task::spawn_blocking(move || work.examine(look, left))
    };
    let mut take = |n: usize, (opinion, record): (Option<Opinion>, Trace)| {
        trace.join(record);
        if let Some(opinion) = opinion {
            opinions[n] = Some(match opinions[n].take() {
                Some(first) => first.agree(opinion),
                None => opinion,
            });
        }
    };
    let Some(budget) = run.budget else {
        let tasks: Vec<_> = order.iter().map(|&n| (n, begin(n))).collect();
        for (n, task) in tasks {
            take(n, task.await?);
        }
        return Ok(Vec::new());
    };
    let mut longest = Duration::ZERO;
    for (at, &n) in order.iter().enumerate() {
        // One that would be cut off is not begun, but the first, of which nothing is known.
        if budget.left() <= longest {
            return Ok(order[at..].to_vec());
        }
        let start = Instant::now();
        take(n, begin(n).await?);
        longest = longest.max(start.elapsed());
    }
    Ok(Vec::new())
}

/// What failed before in the hypothesis's symbol, then in its file; issues that are its
/// evidence are shown already.
fn around(run: &Run, hypothesis: &Hypothesis) -> Result<Vec<Entry>, ReviewError> {
    let known = hypothesis.evidence.iter().filter_map(|e| match &e.source {
        Source::Issue { id, .. } => Some(id.clone()),
        _ => None,
    });
    let (path, symbol) = (&hypothesis.location.path, hypothesis.symbol.as_deref());
    Ok(run.history.concerning(path, symbol, &known.collect(), FAILURES, &run.sentry())?)
}

/// The verdict where no model may judge: an origin's own proof stands with the
/// probability that such proofs have; what only a model claims does not.
fn by_program(run: &Run, hypothesis: &Hypothesis, chance: f64) -> Verdict {
    let claimed = hypothesis.origin == Origin::Model;
    let reason = match (claimed, run.judged()) {
        (true, true) => "no agent came to a verdict, and only a model claims it",
        (true, false) => "only a model that may not judge claims it",
        (false, true) => "no agent came to a verdict; the origin's own proof stands",
        (false, false) => "the origin's own proof",
    };
    Verdict {
        answer: if claimed { Answer::Invalid } else { Answer::Valid },
        confidence: if claimed { 0.0 } else { chance },
        severity: hypothesis.severity,
        judge: Judge::Program,
        reason: reason.to_owned(),
        checked: hypothesis.checked.clone(),
        unchecked: hypothesis.unchecked.clone(),
    }
}
