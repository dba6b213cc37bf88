//! The structural rules: every one of them does what its examples say, and the
//! command that shows and tries them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use forewarn::asset::Assets;
use forewarn::lang::Languages;
use forewarn::rule::{Rules, check};

use crate::common::TestRepo;

#[test]
fn every_rule_does_what_its_examples_say() {
    let assets = Assets::builtin();
    let rules = Rules::load(&assets).unwrap();
    let outcomes = check(&rules, &Languages::load(&assets).unwrap(), "").unwrap();
    let faults: Vec<_> = outcomes.iter().filter(|o| o.fault.is_some()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let tested: BTreeSet<&str> = outcomes.iter().map(|o| o.rule.as_str()).collect();
    assert_eq!(tested.len(), rules.summaries().len());
    assert!(!tested.is_empty());
}

#[test]
fn every_rule_is_of_a_known_kind() {
    let assets = Assets::builtin();
    for rule in Rules::load(&assets).unwrap().summaries() {
        let guideline = format!("prompts/guidelines/{}.md", rule.kind);
        assert!(assets.read(&guideline).is_ok(), "{}: {}", rule.id, rule.kind);
    }
}

/// A rule of the user's own, in a folder of settings.
fn settings(rule: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("grammars/python/rules");
    std::fs::create_dir_all(&rules).unwrap();
    std::fs::write(rules.join("no-sleep.yml"), rule).unwrap();
    folder
}

/// Runs `forewarn rules` with these settings: exit code, output and errors.
fn rules(settings: &Path, folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_forewarn"))
        .current_dir(folder)
        .env("FOREWARN_CONFIG_DIR", settings)
        .env("FOREWARN_DATA_DIR", settings.join("data"))
        .arg("rules")
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const NO_SLEEP: &str = r"
title: '`sleep` blocks the event loop'
kind: api_misuse
severity: 0.5
mechanism: The whole loop waits for `{N}` seconds at line {line}.
assumption: nothing else waits
refute: ['Is it run in a thread?']
rule: { pattern: 'time.sleep($N)' }
examples:
  - bug: |
      async def f():
          time.sleep(3)
  - safe: |
      async def f():
          await asyncio.sleep(3)
";

#[test]
fn a_users_rule_is_listed_tested_and_tried() {
    let repo = TestRepo::new();
    repo.write("app.py", "import time\n\n\ndef wait():\n    time.sleep(1)\n");
    repo.write("test_app.py", "import time\n\ntime.sleep(1)\n");
    let own = settings(NO_SLEEP);
    let run = |arguments: &[&str]| rules(own.path(), repo.path(), arguments);
    let (code, listed, _) = run(&["list", "no-sleep"]);
    assert_eq!(code, 0);
    assert!(listed.starts_with("python/no-sleep ") && listed.contains("api_misuse"), "{listed}");
    let (code, tested, _) = run(&["test", "no-sleep"]);
    assert_eq!((code, tested.as_str()), (0, "1 rule, 1 pattern, 2 examples, 0 failed\n"));
    let (code, found, _) = run(&["scan", "--rule", "no-sleep", "."]);
    assert_eq!(found, "./app.py:5: python/no-sleep: time.sleep(1)\n1 place in 1 file\n");
    assert_eq!(code, 1);
}

#[test]
fn an_example_that_fails_is_named() {
    let own = settings(&NO_SLEEP.replace("await asyncio.sleep(3)", "time.sleep(0)"));
    let (code, shown, _) = rules(own.path(), own.path(), &["test", "no-sleep"]);
    let told = "python/no-sleep (python), example safe 1: the rule speaks at line 2";
    assert!(code == 1 && shown.contains(told), "{shown}");
}

/// What is no statement of C# loses its end when it is parsed alone.
#[test]
fn a_pattern_of_which_a_part_is_lost_is_named() {
    let rule = NO_SLEEP
        .replace("'time.sleep($N)'", "'$N ?? $D'")
        .replace("async def f():", "class C { string F(string a, string b) {")
        .replace("await asyncio.sleep(3)", "return a; } }")
        .replace("time.sleep(3)", "return a ?? b; } }");
    let own = tempfile::tempdir().unwrap();
    let folder = own.path().join("grammars/csharp/rules");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("no-sleep.yml"), &rule).unwrap();
    let (code, shown, _) = rules(own.path(), own.path(), &["test", "no-sleep"]);
    let told = "csharp/no-sleep (csharp), pattern `$N ?? $D`: a part of it is lost";
    assert!(code == 1 && shown.contains(told) && shown.contains(", 1 failed"), "{shown}");

    let whole = "{ context: 'q = $N ?? $D;', selector: binary_expression }";
    std::fs::write(folder.join("no-sleep.yml"), rule.replace("'$N ?? $D'", whole)).unwrap();
    let (code, shown, _) = rules(own.path(), own.path(), &["test", "no-sleep"]);
    assert_eq!((code, shown.as_str()), (0, "1 rule, 1 pattern, 2 examples, 0 failed\n"));
}

#[test]
fn a_rule_that_is_wrong_is_told_so() {
    for (from, to, told) in [
        ("kind: api_misuse", "knid: api_misuse", "`knid` is none of"),
        ("severity: 0.5", "severity: 7", "`severity` must be from 0 to 1"),
        ("severity: 0.5", "severity: 0.5\nat: M", "it names $M"),
        ("time.sleep($N)", "", "python"),
        ("refute: ['Is it run in a thread?']", "refute: []", "`refute`"),
        ("- safe: |", "- both: |", "no-sleep.yml"),
    ] {
        let own = settings(&NO_SLEEP.replace(from, to));
        let (code, _, said) = rules(own.path(), own.path(), &["test", "no-sleep"]);
        assert!(code == 2 && said.contains("no-sleep.yml") && said.contains(told), "{to}: {said}");
    }
}
