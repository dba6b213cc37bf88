//! The qualification of models: which judge passes the probes, and what a review makes
//! of it.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use forewarn::agent::Prompts;
use forewarn::asset::Assets;
use forewarn::config::Config;
use forewarn::engine::llm::{LoadOptions, load};
use forewarn::engine::scripted::Scripted;
use forewarn::engine::{Completion, EngineError, Llm, LlmInfo, Message, Request};
use forewarn::review::qualify::{
    Answers, Asked, Examination, Key, Known, Outcome, Qualification, Record, Records, Standing,
    standing,
};

use crate::common::model::installed;

/// A model whose verdict is a function of the conversation: the log-odds of `valid`, or
/// `None` from one that offers none.
struct Judge<F> {
    info: LlmInfo,
    odds: F,
    asked: AtomicUsize,
}

impl<F: Fn(&str) -> Option<f64> + Send + Sync> Judge<F> {
    fn new(expected: bool, odds: F) -> Self {
        let info = LlmInfo { name: "judge".into(), ..Scripted::new(expected).info().clone() };
        Self { info, odds, asked: AtomicUsize::new(0) }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl<F: Fn(&str) -> Option<f64> + Send + Sync> Llm for Judge<F> {
    fn info(&self) -> &LlmInfo {
        &self.info
    }
    fn count(&self, text: &str) -> Result<usize, EngineError> {
        Ok(text.len() / 4)
    }
    fn count_prompt(&self, messages: &[Message], _: &str) -> Result<usize, EngineError> {
        Ok(messages.iter().map(|m| m.text.len() / 4).sum())
    }
    fn complete(
        &self,
        _: &Request<'_>,
        _: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Completion, EngineError> {
        unreachable!("a probe asks for two words only")
    }
    fn score(
        &self,
        messages: &[Message],
        prefix: &str,
        candidates: &[&str],
    ) -> Result<Vec<f64>, EngineError> {
        assert_eq!((prefix, candidates), ("Verdict: ", &["valid", "invalid"][..]));
        self.asked.fetch_add(1, Ordering::Relaxed);
        let text: String = messages.iter().map(|m| m.text.as_str()).collect();
        let odds = (self.odds)(&text).ok_or_else(|| EngineError::NoProbabilities {
            model: "judge".into(),
            reason: "it lists no tokens".into(),
        })?;
        Ok(vec![odds, 0.0])
    }
}

/// The pairs as they lie in the files: title, and the evidence that only the safe twin
/// has.
fn pairs() -> Vec<(String, Vec<String>)> {
    let assets = Assets::builtin();
    let mut found = Vec::new();
    for path in assets.list("prompts/probes").unwrap() {
        let file: toml::Table = toml::from_str(&assets.read(&path).unwrap().text).unwrap();
        for pair in file["pair"].as_array().unwrap() {
            let quotes = |twin: &str| -> Vec<String> {
                let rows = pair[twin]["evidence"].as_array().unwrap();
                rows.iter().map(|row| row["quote"].as_str().unwrap().to_owned()).collect()
            };
            let bug = quotes("bug");
            let safe = quotes("safe").into_iter().filter(|q| !bug.contains(q)).collect();
            found.push((pair["title"].as_str().unwrap().to_owned(), safe));
        }
    }
    found
}

/// Whether a conversation is about a bug, by the files.
fn truth() -> impl Fn(&str) -> bool + Send + Sync {
    let pairs = pairs();
    move |text| {
        let (_, refuting) = pairs.iter().find(|(title, _)| text.contains(title)).unwrap();
        // As a whole line of the evidence: some quotes are parts of others.
        !refuting.iter().any(|quote| text.contains(&format!(": {quote}\n")))
    }
}

fn examine(llm: &dyn Llm, most: usize) -> (Vec<Answers>, Qualification) {
    let (assets, config) = (Assets::builtin(), Config::builtin());
    let prompts = Prompts::load(&assets).unwrap();
    let examination = Examination::new(llm, &prompts, &assets, &config.agent).unwrap();
    let mut last = (0, 0);
    let outcome = examination.run(most, None, &mut |done, all| last = (done, all)).unwrap();
    let Outcome::Measured { answers, qualification } = outcome else { panic!("{outcome:?}") };
    assert_eq!(last, (2 * answers.len(), 2 * answers.len()));
    (answers, qualification)
}

const ALL: usize = 1000;

#[test]
fn a_perfect_judge_passes_and_keeps_its_share_certain() {
    let is_bug = truth();
    let judge = Judge::new(true, |text: &str| Some(if is_bug(text) { 2.0 } else { -2.0 }));
    let (answers, found) = examine(&judge, ALL);
    assert!(answers.len() >= 34);
    let wrong: Vec<_> = answers.iter().filter(|a| a.bug < 0.5 || a.safe >= 0.5).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(found.accuracy.low > 0.9 && found.passes(&Config::builtin().model), "{found:?}");
    assert_eq!((found.ranked, found.order_flips), (1.0, 0.0));
    // Two orders of the answers for each of two twins.
    assert_eq!(judge.asked(), 4 * answers.len());
}

#[test]
fn a_coin_and_one_that_always_says_valid_do_not_pass() {
    let settings = Config::builtin().model;
    let (is_bug, titles) = (truth(), pairs());
    // Right on every other pair, wrong on the rest.
    let coin = Judge::new(true, |text: &str| {
        let n = titles.iter().position(|(title, _)| text.contains(title)).unwrap();
        Some(if is_bug(text) == (n % 2 == 0) { 1.0 } else { -1.0 })
    });
    let (_, found) = examine(&coin, ALL);
    // Leaving out the pair that is asked about is hard on those who only guess.
    assert!(found.accuracy.value <= 0.5 && !found.passes(&settings), "{found:?}");
    assert!(found.weight.slope.abs() < 0.05, "{found:?}");
    let (_, found) = examine(&Judge::new(true, |_: &str| Some(4.0)), ALL);
    assert_eq!((found.accuracy.value, found.kept, found.cleared), (0.5, 1.0, 0.0));
    assert!(!found.passes(&settings) && found.brier >= 0.25, "{found:?}");
    assert!(found.leaning > 0.95, "{found:?}");
}

#[test]
fn a_judge_that_leans_towards_a_word_but_knows_passes_and_its_leaning_is_taken_out() {
    let is_bug = truth();
    let judge = Judge::new(true, |text: &str| Some(if is_bug(text) { 4.0 } else { 2.0 }));
    let (_, found) = examine(&judge, ALL);
    assert!(found.passes(&Config::builtin().model), "{found:?}");
    assert!(found.weight.odds(4.0) > 1.0 && found.weight.odds(2.0) < -1.0, "{found:?}");
}

#[test]
fn what_a_judge_adds_for_the_word_it_reads_first_cancels() {
    let is_bug = truth();
    let judge = Judge::new(true, |text: &str| {
        let bias = if text.contains("Answer valid if") { 3.0 } else { -3.0 };
        Some(bias + if is_bug(text) { 0.5 } else { -0.5 })
    });
    let (_, found) = examine(&judge, ALL);
    assert!(found.passes(&Config::builtin().model), "{found:?}");
    assert_eq!((found.accuracy.value, found.order_flips), (1.0, 1.0));
    assert!(found.order_shift > 0.8, "{found:?}");
}

#[test]
fn a_probe_is_asked_in_the_words_of_the_verify_stage() {
    let seen = std::sync::Mutex::new(Vec::new());
    let judge = Judge::new(true, |text: &str| {
        seen.lock().unwrap().push(text.to_owned());
        Some(0.0)
    });
    let (answers, _) = examine(&judge, 2);
    let title = answers[0].title.clone();
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen.len(), 4);
    for text in &seen {
        for part in [
            "You look for bugs that a code change brings in",
            "- read_lines(",
            "Task: find out whether this suspected bug is real",
            "It fails so: ",
            "Evidence so far:\n<evidence ",
            "diff server/src/invoices.ts:",
            "# API misuse",
            "By the evidence above, and by nothing else",
            &format!("(\"{title}\")"),
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }
}

#[test]
fn an_examination_ends_early_where_it_would_take_too_long() {
    let (assets, config) = (Assets::builtin(), Config::builtin());
    let prompts = Prompts::load(&assets).unwrap();
    let judge = Judge::new(true, |_: &str| Some(0.0));
    let examination = Examination::new(&judge, &prompts, &assets, &config.agent).unwrap();
    let outcome = examination.run(ALL, Some(Duration::ZERO), &mut |_, _| {}).unwrap();
    assert!(matches!(outcome, Outcome::Slow { .. }), "{outcome:?}");
    assert_eq!(judge.asked(), 4);
}

/// A user's records, and what a review makes of a model.
struct User {
    folder: tempfile::TempDir,
    config: Config,
    told: Option<bool>,
}

impl User {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::builtin();
        // However slow the machine.
        config.model.qualify_seconds = 86_400;
        Self { folder, config, told: None }
    }

    fn records(&self) -> Records {
        Records::new(self.folder.path())
    }

    fn standing(&self, llm: &dyn Llm) -> Standing {
        let asked = Asked {
            llm,
            assets: &Assets::builtin(),
            config: &self.config,
            records: &self.records(),
            told: self.told,
            now: 1_800_000_000,
        };
        standing(&asked, &mut |_, _| {}).unwrap()
    }
}

#[test]
fn the_first_review_measures_a_model_and_later_ones_know() {
    let (user, is_bug) = (User::new(), truth());
    let judge = Judge::new(true, |text: &str| Some(if is_bug(text) { 2.0 } else { -2.0 }));
    let first = user.standing(&judge);
    assert!(first.judges, "{first:?}");
    assert!(first.notes[0].starts_with("judge judges: 100 % of "), "{first:?}");
    let asked = judge.asked();
    assert_eq!((user.standing(&judge), judge.asked()), (first, asked));
    // The bar is the settings' of now.
    let mut strict = User { config: user.config.clone(), ..user };
    strict.config.model.qualify_floor = 0.99;
    let below = strict.standing(&judge);
    assert!(!below.judges && below.notes[0].contains("does not judge: 100 %"), "{below:?}");
    assert_eq!(judge.asked(), asked);
}

#[test]
fn a_model_that_is_not_expected_to_judge_is_not_asked() {
    let (user, is_bug) = (User::new(), truth());
    let judge = Judge::new(false, |text: &str| Some(if is_bug(text) { 2.0 } else { -2.0 }));
    let before = user.standing(&judge);
    assert!(!before.judges && judge.asked() == 0, "{before:?}");
    assert!(before.notes[0].contains("`forewarn models qualify judge`"), "{before:?}");
    // Once it is measured, that counts.
    let prompts = Prompts::load(&Assets::builtin()).unwrap();
    let known = Known::Measured(examine(&judge, ALL).1);
    let key = Key::new(judge.info(), prompts.digest(), &user.config);
    let record = Record { model: "judge".into(), time: 1, key, known };
    user.records().put(&record).unwrap();
    assert!(user.standing(&judge).judges);
}

#[test]
fn a_model_that_takes_too_long_waits_for_the_command() {
    let mut user = User::new();
    let judge = Judge::new(true, |_: &str| Some(0.0));
    let prompts = Prompts::load(&Assets::builtin()).unwrap();
    let key = Key::new(judge.info(), prompts.digest(), &user.config);
    let known = Known::Slow { seconds: 700.0 };
    user.records().put(&Record { model: "judge".into(), time: 1, key, known }).unwrap();
    let slow = user.standing(&judge);
    assert!(!slow.judges && slow.notes[0].contains("about 12 minutes"), "{slow:?}");
    user = User::new();
    user.config.model.qualify_seconds = 0;
    let never = user.standing(&judge);
    assert!(!never.judges && never.notes[0].contains("before it is measured"), "{never:?}");
    assert_eq!(judge.asked(), 0);
}

#[test]
fn a_model_that_cannot_be_measured_does_not_judge_and_the_reason_is_told() {
    let user = User::new();
    let judge = Judge::new(true, |_: &str| None);
    let found = user.standing(&judge);
    assert!(!found.judges, "{found:?}");
    assert!(found.notes[0].contains("could not be measured") && found.notes[0].contains("tokens"));
    // Not kept: the cause may be gone the next time.
    user.standing(&judge);
    assert_eq!(judge.asked(), 2);
}

#[test]
fn the_users_word_overrides_what_was_measured() {
    let mut user = User::new();
    let judge = Judge::new(true, |_: &str| Some(4.0));
    assert!(!user.standing(&judge).judges);
    user.told = Some(true);
    let told = user.standing(&judge);
    assert!(told.judges && told.notes[0].contains("measured: 50 % of "), "{told:?}");
    user.told = Some(false);
    assert!(!user.standing(&judge).judges);
}

#[test]
fn the_small_model_answers_a_pair_of_probes() {
    let found = installed("smollm2-135m");
    let options = LoadOptions { name: "smollm2-135m".into(), ..LoadOptions::default() };
    let llm = load(found.weights(), &options).unwrap();
    let (answers, _) = examine(&llm, 2);
    let [pair] = &answers[..] else { panic!("{answers:?}") };
    for (valid, orders) in [(pair.bug, pair.bug_orders), (pair.safe, pair.safe_orders)] {
        assert!(orders.iter().all(|p| (0.0..=1.0).contains(p)), "{pair:?}");
        let (low, high) = (orders[0].min(orders[1]), orders[0].max(orders[1]));
        assert!((low..=high).contains(&valid), "{pair:?}");
    }
    assert_ne!(pair.bug, pair.safe);
}
