//! Scores computed by hand.

use std::sync::Arc;

use super::*;
use crate::engine::EmbedKind;
use crate::eval::dataset::{Place, Reject};
use crate::eval::record::{Chosen, DatasetInfo, Inputs, Limits, RunInfo, Tokens};

/// A reviewed case: bugged with one high bug or safe; whether the bug was found,
/// and how many false findings there are.
pub(in crate::eval) fn case(id: &str, bugged: bool, found: bool, wrong: usize) -> CaseScore {
    let finding = |hit| FindingScore {
        id: "f".into(),
        origin: Origin::Impact,
        rule: None,
        kind: "wrong_type".into(),
        title: "t".into(),
        location: Location::line("a.py", 1),
        prior: 0.8,
        severity: 0.5,
        confidence: 0.8,
        hit,
        hit_by_lines: hit,
        similarity: None,
        rejected: false,
    };
    let found_by = (bugged && found).then_some(0);
    let bug = BugScore {
        kind: Some("wrong_type".into()),
        category: Category::Crash,
        severity: Severity::High,
        description: "d".into(),
        place: "a.py:1".into(),
        counts: true,
        has_lines: true,
        found_by,
        found_by_lines: found_by,
    };
    let mut findings: Vec<FindingScore> = found_by.iter().map(|_| finding(Hit::Right)).collect();
    findings.extend((0..wrong).map(|_| finding(Hit::False)));
    CaseScore {
        id: id.into(),
        hash: "h".into(),
        title: "t".into(),
        language: "python".into(),
        label: if bugged { Label::Bug } else { Label::Safe },
        half: None,
        tags: vec![],
        outcome: Some(Outcome::Reviewed),
        seconds: 1.0,
        tokens: 0,
        bugs: if bugged { vec![bug] } else { vec![] },
        findings,
        dropped: vec![],
    }
}

pub(in crate::eval) fn scored(cases: Vec<CaseScore>) -> Score {
    let all: Vec<&CaseScore> = cases.iter().collect();
    Score {
        schema: SCHEMA,
        dataset: "d".into(),
        dataset_hash: "1".into(),
        rule: Rule { distance: 3, descriptions: None, judge: None, min_confidence: 0.0 },
        outcomes: BTreeMap::new(),
        all: Figures::of(&all, &Lens::default()),
        by_lines: Figures::of(&all, &Lens::default()),
        groups: vec![],
        rejects: 0,
        rejected: 0,
        rejects_dropped: 0,
        without_lines: 0,
        judged: 0,
        cases,
    }
}

fn bug(category: Category, severity: Severity, places: &[(u32, u32)]) -> Bug {
    Bug {
        kind: Some("wrong_type".into()),
        category,
        severity,
        description: format!("{category:?}"),
        error_type: None,
        files: None,
        locations: places
            .iter()
            .map(|(start, end)| Place { file: "a.py".into(), start: *start, end: *end })
            .collect(),
    }
}

fn finding(line: u32, confidence: f64) -> Predicted {
    Predicted {
        id: format!("f{line}"),
        origin: Origin::Rule,
        rule: None,
        kind: "wrong_type".into(),
        title: format!("line {line}"),
        short: String::new(),
        location: Location::line("a.py", line),
        prior: confidence,
        severity: 0.5,
        confidence,
        issues: 0,
    }
}

/// Id, expected bugs, and findings unless the review crashed.
type Row = (&'static str, Vec<Bug>, Option<Vec<Predicted>>);

/// A run whose cases have these bugs and findings; without bugs they are safe.
fn run(cases: &[Row]) -> Run {
    let mut records = BTreeMap::new();
    let mut chosen = Vec::new();
    for (id, bugs, findings) in cases {
        let label = if bugs.is_empty() { Label::Safe } else { Label::Bug };
        chosen.push(Chosen {
            hash: "h".into(),
            facts: Facts {
                id: (*id).into(),
                title: "t".into(),
                language: "python".into(),
                label,
                half: Some(Half::Tuning),
                why: "w".into(),
                tags: vec!["crash".into()],
                bugs: bugs.clone(),
                rejects: Vec::new(),
            },
        });
        let outcome = match findings {
            Some(_) => Outcome::Reviewed,
            None => Outcome::Crashed { how: "signal 11".into() },
        };
        let mut record = CaseRecord::without(id, "h", outcome, 2.0);
        record.findings = findings.clone().unwrap_or_default();
        record.tokens = Tokens { prompt: 90, cached: 0, completion: 10 };
        records.insert((*id).to_owned(), record);
    }
    Run {
        folder: "r".into(),
        info: RunInfo {
            schema: SCHEMA,
            started: 0,
            dataset: DatasetInfo { name: "d".into(), title: "t".into(), hash: "1".into() },
            inputs: Inputs {
                version: "1".into(),
                commit: None,
                settings: serde_json::json!({}),
                llm: None,
                embedder: None,
                data: BTreeMap::new(),
            },
            key: "k".into(),
            program: "p".into(),
            limits: Limits { seconds: 1.0, tokens: 0 },
            jobs: 1,
            cases: chosen,
        },
        records,
    }
}

fn by_lines() -> Rule {
    Rule { distance: 3, descriptions: None, judge: None, min_confidence: 0.0 }
}

#[test]
fn lines_meet_within_the_distance_at_any_location() {
    let bug = bug(Category::Crash, Severity::High, &[(10, 12), (40, 40)]);
    let meets = |line| super::meaning::meets(&Location::line("a.py", line), &bug.locations, 3);
    assert!(meets(7) && meets(11) && meets(15) && meets(43));
    assert!(!meets(6) && !meets(16) && !meets(44));
    assert!(!super::meaning::meets(&Location::line("b.py", 11), &bug.locations, 3));
    assert!(super::meaning::meets(&Location::new("a.py", 1, 99), &bug.locations, 0));
}

#[test]
fn the_figures_of_a_small_run_are_those_computed_by_hand() {
    use Category::{Crash, Style};
    let score = score(
        &run(&[
            // One bug found, one missed, a duplicate, and a remark on style.
            (
                "a",
                vec![
                    bug(Crash, Severity::Critical, &[(10, 10)]),
                    bug(Crash, Severity::Low, &[(80, 80)]),
                    bug(Style, Severity::Low, &[(50, 50)]),
                ],
                Some(vec![finding(10, 0.9), finding(11, 0.6), finding(50, 0.5)]),
            ),
            // Missed, nothing said.
            ("b", vec![bug(Crash, Severity::High, &[(5, 5)])], Some(vec![])),
            // Safe and quiet; safe with a false finding.
            ("c", vec![], Some(vec![])),
            ("d", vec![], Some(vec![finding(3, 0.7)])),
            // Only a remark: right and wrong are not defined.
            ("e", vec![bug(Style, Severity::Low, &[(1, 1)])], Some(vec![])),
            // A crash is no review.
            ("f", vec![bug(Crash, Severity::High, &[(5, 5)])], None),
        ]),
        &by_lines(),
        None,
        None,
    )
    .unwrap();
    let all = &score.all;
    assert_eq!((all.cases, all.bugged, all.safe), (5, 3, 2));
    assert_eq!((all.bugs, all.found, all.findings, all.right), (3, 1, 3, 1));
    for (measure, value) in [
        (Measure::Precision, 1.0 / 3.0),
        (Measure::Recall, 1.0 / 3.0),
        (Measure::F1, 2.0 / 6.0),
        // a and c right, b and d wrong.
        (Measure::Accuracy, 0.5),
        (Measure::FalsePerSafe, 0.5),
        // 8 of 8 + 1 + 4.
        (Measure::WeightedRecall, 8.0 / 13.0),
        // (0.1² + 0.6² + 0.7²) / 3
        (Measure::Brier, 0.86 / 3.0),
        // Each finding is a bin: (0.1 + 0.6 + 0.7) / 3.
        (Measure::CalibrationError, 1.4 / 3.0),
    ] {
        let found = all.value(measure).unwrap();
        assert!((found - value).abs() < 0.0006, "{measure:?}: {found} {value}");
    }
    assert_eq!((all.tokens.median, all.seconds.p90), (100.0, 2.0));
    assert_eq!(score.outcomes, BTreeMap::from([("crashed".into(), 1), ("reviewed".into(), 5)]));
    let hits: Vec<Hit> = score.cases[0].findings.iter().map(|f| f.hit).collect();
    assert_eq!(hits, [Hit::Right, Hit::False, Hit::Neutral]);
}

#[test]
fn parts_have_the_figures_that_are_defined_for_them() {
    let bugs = vec![bug(Category::Crash, Severity::High, &[(10, 10)])];
    let run = run(&[("a", bugs, Some(vec![finding(10, 0.9)])), ("b", vec![], Some(vec![]))]);
    let score = score(&run, &by_lines(), None, None).unwrap();
    let part = |by: &str, name: &str| {
        let group = score.groups.iter().find(|g| g.by == by && g.name == name);
        group.unwrap_or_else(|| panic!("{by} {name}")).figures.clone()
    };
    assert_eq!(part("language", "python").value(Measure::Accuracy), Some(1.0));
    assert_eq!(part("half", "tuning").cases, 2);
    assert_eq!(part("tag", "crash").cases, 2);
    let rule = part("origin", "rule");
    assert_eq!((rule.value(Measure::Precision), rule.value(Measure::F1)), (Some(1.0), None));
    assert_eq!(part("kind", "wrong_type").value(Measure::Recall), Some(1.0));
    assert_eq!(part("severity", "high").value(Measure::Precision), None);
    assert_eq!(part("severity", "high").value(Measure::Recall), Some(1.0));
}

#[test]
fn the_curve_has_a_point_for_each_confidence() {
    let bugs = vec![bug(Category::Crash, Severity::High, &[(10, 10)])];
    let findings = vec![finding(10, 0.9), finding(30, 0.6), finding(60, 0.6)];
    let run = run(&[("a", bugs.clone(), Some(findings)), ("b", bugs, Some(vec![]))]);
    let score = score(&run, &by_lines(), None, None).unwrap();
    let cases: Vec<&CaseScore> = score.cases.iter().collect();
    let points: Vec<_> =
        curve(&cases).iter().map(|p| (p.confidence, p.precision, p.recall)).collect();
    assert_eq!(points, [(0.9, 1.0, 0.5), (0.6, 1.0 / 3.0, 0.5)]);
}

fn dropped(line: u32, cause: Cause, confidence: Option<f64>) -> Dropped {
    Dropped {
        title: format!("line {line}"),
        origin: Origin::Rule,
        rule: Some("python/mutable-default".into()),
        kind: "wrong_type".into(),
        location: Location::line("a.py", line),
        symbol: None,
        mechanism: "It fails.".into(),
        prior: 0.4,
        severity: 0.5,
        stage: "package".into(),
        cause,
        reason: "r".into(),
        confidence,
    }
}

#[test]
fn what_was_dropped_continues_the_curve_and_alters_no_figure() {
    let bugs = [10, 50, 90].map(|line| bug(Category::Crash, Severity::High, &[(line, line)]));
    let mut run = run(&[("a", bugs.to_vec(), Some(vec![finding(10, 0.9)]))]);
    let figures = |run: &Run| score(run, &by_lines(), None, None).unwrap().all;
    let before = figures(&run);
    run.records.get_mut("a").unwrap().dropped = vec![
        dropped(50, Cause::LowConfidence, Some(0.45)),
        // The bug is found already.
        dropped(10, Cause::Refuted, Some(0.2)),
        // Kept back for more than its confidence, or without one: not on the curve.
        dropped(70, Cause::LowSeverity, Some(0.8)),
        dropped(90, Cause::BeyondLimit, None),
        // No hypothesis of its own.
        dropped(90, Cause::SameBug, Some(0.9)),
    ];
    assert_eq!(figures(&run), before);
    let score = score(&run, &by_lines(), None, None).unwrap();
    let case = &score.cases[0];
    let hits: Vec<Hit> = case.dropped.iter().map(|d| d.hit).collect();
    assert_eq!(hits, [Hit::Right, Hit::False, Hit::False, Hit::Right]);
    assert_eq!((case.dropped[3].confidence, case.dropped[3].prior), (None, 0.4));
    let points: Vec<_> =
        curve(&[case]).iter().map(|p| (p.confidence, p.precision, p.recall)).collect();
    assert_eq!(
        points,
        [(0.9, 1.0, 1.0 / 3.0), (0.45, 1.0, 2.0 / 3.0), (0.2, 2.0 / 3.0, 2.0 / 3.0)]
    );
}

#[test]
fn findings_below_the_confidence_are_left_out_but_not_lost() {
    let run = run(&[("a", vec![], Some(vec![finding(3, 0.4), finding(9, 0.6)]))]);
    let rule = Rule { min_confidence: 0.5, ..by_lines() };
    let score = score(&run, &rule, None, None).unwrap();
    assert_eq!(score.all.findings, 1);
    let [below] = &score.cases[0].dropped[..] else { panic!("{:?}", score.cases[0].dropped) };
    assert_eq!((below.cause, below.confidence), (Cause::LowConfidence, Some(0.4)));
}

/// An embedder of the tests' own: one axis for each first letter.
struct Letters;

impl Embedder for Letters {
    fn id(&self) -> &str {
        "letters"
    }

    fn dimensions(&self) -> usize {
        26
    }

    fn embed(
        &self,
        texts: &[&str],
        _: EmbedKind,
    ) -> Result<Vec<Vec<f32>>, crate::engine::EngineError> {
        let one = |text: &&str| {
            let letter = text.bytes().next().unwrap_or(b'a').to_ascii_lowercase() - b'a';
            (0..26).map(|n| f32::from(u8::from(n == letter))).collect()
        };
        Ok(texts.iter().map(one).collect())
    }
}

fn by_letters() -> Rule {
    Rule {
        descriptions: Some(Threshold {
            embedder: "letters".into(),
            threshold: 0.5,
            chosen_by: 1,
            reported_by: 1,
            same_right: 1.0,
            different_right: 1.0,
            accuracy: 1.0,
        }),
        ..by_lines()
    }
}

#[test]
fn words_alone_decide_of_a_bug_without_lines_and_lines_alone_skip_it() {
    let with = |files: &[&str]| {
        let mut bug = bug(Category::Crash, Severity::High, &[]);
        bug.files = Some(files.iter().map(|f| (*f).to_owned()).collect());
        bug
    };
    let mut said = finding(700, 0.9);
    said.title = "Crash of the cart".into();
    let run = run(&[
        ("any", vec![with(&[])], Some(vec![said.clone(), finding(10, 0.8)])),
        ("here", vec![with(&["a.py"])], Some(vec![said.clone()])),
        ("elsewhere", vec![with(&["b.py"])], Some(vec![said])),
    ]);
    let score_of = |rule: &Rule, embedder| score(&run, rule, embedder, None).unwrap();
    let words = score_of(&by_letters(), Some(&Letters));
    let hits = |score: &Score, n: usize| -> Vec<Hit> {
        score.cases[n].findings.iter().map(|f| f.hit).collect()
    };
    assert_eq!(hits(&words, 0), [Hit::Right, Hit::False]);
    assert_eq!((hits(&words, 1), hits(&words, 2)), (vec![Hit::Right], vec![Hit::False]));
    assert_eq!((words.all.found, words.all.bugs, words.without_lines), (2, 3, 3));
    assert_eq!(words.cases[2].bugs[0].place, "b.py");
    // Lines say nothing of them: neither missed, nor are the findings known to be false.
    assert_eq!((words.by_lines.bugs, words.by_lines.findings), (0, 0));
    let lines = score_of(&by_lines(), None);
    assert_eq!((lines.all.bugs, lines.all.findings, lines.without_lines), (0, 0, 3));
    assert_eq!(lines.all.value(Measure::Accuracy), None);
}

#[test]
fn the_same_lines_with_other_words_are_no_hit() {
    let bugs = vec![bug(Category::Crash, Severity::High, &[(10, 10)])];
    let mut same = finding(12, 0.9);
    same.title = "Crash of the cart".into();
    let rule = by_letters();
    let run = run(&[("a", bugs, Some(vec![finding(10, 0.8), same]))]);
    let score = score(&run, &rule, Some(&Letters), None).unwrap();
    let case = &score.cases[0];
    assert_eq!(case.bugs[0].found_by, Some(1));
    assert_eq!((case.findings[0].hit, case.findings[1].hit), (Hit::False, Hit::Right));
    assert_eq!((case.findings[0].similarity, case.findings[1].similarity), (Some(0.0), Some(1.0)));
    // Lines alone take the more similar one too, and one of them only.
    assert_eq!(score.by_lines.right, 1);
    assert_eq!(score.all.right, 1);
}

#[test]
fn a_finding_that_means_a_reject_is_false_and_counted_apart() {
    let found = vec![finding(10, 0.9), finding(40, 0.9)];
    let mut run =
        run(&[("a", vec![bug(Category::Crash, Severity::High, &[(10, 10)])], Some(found))]);
    let place = |n| Place { file: "a.py".into(), start: n, end: n };
    let reject = |n| Reject { description: "no".into(), locations: vec![place(n)] };
    // The first one meets a right finding, which stays right.
    run.info.cases[0].facts.rejects = vec![reject(10), reject(41), reject(90)];
    run.records.get_mut("a").unwrap().dropped =
        vec![dropped(90, Cause::Refuted, Some(0.1)), dropped(70, Cause::Refuted, Some(0.1))];
    let score = score(&run, &by_lines(), None, None).unwrap();
    assert_eq!((score.rejects, score.rejected, score.rejects_dropped), (3, 1, 1));
    let findings = &score.cases[0].findings;
    assert!(!findings[0].rejected && findings[0].hit == Hit::Right);
    assert!(findings[1].rejected && findings[1].hit == Hit::False);
}

/// An embedder whose cosine of an expected description with a finding is the number that
/// the finding's words end with, in hundredths.
struct Hundredths;

impl Embedder for Hundredths {
    fn id(&self) -> &str {
        "hundredths"
    }

    fn dimensions(&self) -> usize {
        2
    }

    fn embed(
        &self,
        texts: &[&str],
        _: EmbedKind,
    ) -> Result<Vec<Vec<f32>>, crate::engine::EngineError> {
        let one = |text: &&str| {
            let number = text.trim_end_matches(['.', ' ']).rsplit(' ').next();
            let cosine = number.and_then(|n| n.parse::<f32>().ok()).map_or(1.0, |n| n / 100.0);
            vec![cosine, (1.0 - cosine * cosine).sqrt()]
        };
        Ok(texts.iter().map(one).collect())
    }
}

#[test]
fn a_judge_decides_only_what_meets_and_what_the_cosine_leaves_open() {
    use crate::engine::scripted::{Reply, Scripted};
    let said = |line: u32, words: &str| Predicted { title: words.into(), ..finding(line, 0.9) };
    let at = |line| vec![bug(Category::Crash, Severity::High, &[(line, line)])];
    // The threshold is 0.5.
    let run = run(&[
        ("raised", at(10), Some(vec![said(10, "yes 40")])),
        ("lowered", at(10), Some(vec![said(10, "no 60")])),
        ("clear", at(10), Some(vec![said(10, "clear 90")])),
        ("unlike", at(10), Some(vec![said(10, "unlike 10")])),
        ("elsewhere", at(10), Some(vec![said(99, "elsewhere 45")])),
    ]);
    let scores = |yes: f64| Reply::Scores(vec![("yes".into(), yes), ("no".into(), -1.0)]);
    let llm =
        Arc::new(Scripted::new(true).on(&["yes 40"], scores(-0.1)).on(&["no 60"], scores(-5.0)));
    let prompts = crate::agent::Prompts::load(&crate::asset::Assets::builtin()).unwrap();
    let judge = Judge { llm: llm.clone(), prompts };
    let found = |judge: Option<&Judge>| -> Vec<bool> {
        let score = score(&run, &by_letters(), Some(&Hundredths), judge).unwrap();
        score.cases.iter().map(|c| c.bugs[0].found_by.is_some()).collect()
    };
    assert_eq!(found(None), [false, true, true, false, false]);
    // Nothing answers for the other pairs: asking of them would fail.
    assert_eq!(found(Some(&judge)), [true, false, true, false, false]);
    // Two pairs, in both orders.
    assert_eq!(llm.prompts().len(), 4);
    assert_eq!(score(&run, &by_letters(), Some(&Hundredths), Some(&judge)).unwrap().judged, 2);
}
