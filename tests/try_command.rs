//! The demonstration, as a stranger runs it, and a small review with the real
//! models through every stage.

use std::process::Command;

use forewarn::review::{Mode, Review};

use crate::common::TestRepo;
use crate::common::model::{data_dir, installed};

fn forewarn(home: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_forewarn"));
    command
        .env("FOREWARN_CONFIG_DIR", home.join("config"))
        .env("FOREWARN_DATA_DIR", home.join("data"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null");
    command
}

fn json(output: &std::process::Output) -> Review {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn without_any_model_the_demonstration_finds_its_three_bugs_and_says_so() {
    let home = tempfile::tempdir().unwrap();
    let demo = home.path().join("demo");
    let output =
        forewarn(home.path()).args(["try", "--no-pull", "--keep"]).arg(&demo).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("3 findings"), "{text}");
    assert!(text.contains("no model judged"), "{text}");
    assert!(text.contains("CORNER-SHOP-3F"), "the Sentry issue is named: {text}");
    // The way to the trace that it names must lead there.
    let shop = demo.join("corner-shop");
    let way = format!("`forewarn -C {} show last --trace`", shop.display());
    assert!(text.contains(&way) && !text.contains("forewarn show 2"), "{text}");
    let trace =
        forewarn(home.path()).arg("-C").arg(&shop).args(["show", "last", "--trace"]).output();
    assert!(trace.unwrap().status.success());

    // The kept repository gives the same findings again, byte for byte.
    let again = || {
        let output = forewarn(home.path())
            .args(["-C"])
            .arg(&shop)
            .args(["review", "main...express-delivery", "--fresh", "--format", "json"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let review = json(&output);
        assert!(matches!(review.mode, Mode::ModelFree { .. }));
        serde_json::to_string(&review.findings).unwrap()
    };
    assert_eq!(again(), again());
}

#[test]
fn a_small_real_model_runs_through_every_stage_and_decides_nothing() {
    installed("smollm2-135m");
    installed("all-minilm-l6-v2");
    let repo = TestRepo::new();
    repo.write("cart.py", "def total(items):\n    return sum(i.price for i in items)\n");
    repo.write(
        "bill.py",
        "from cart import total\n\n\ndef bill(items):\n    return total(items)\n",
    );
    repo.commit("Add the cart");
    repo.write("cart.py", "def total(items, tax):\n    return sum(i.price for i in items) * tax\n");
    repo.commit("Tax the cart");
    let home = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let output = forewarn(home.path())
            .env("FOREWARN_DATA_DIR", data_dir())
            .arg("-C")
            .arg(repo.path())
            .args(["--set", "model.llm=smollm2-135m", "--set", "agent.max_steps=2"])
            .args(["--set", "agent.max_reply_tokens=96", "--set", "agent.max_seconds=3000"])
            .args(args)
            .output()
            .unwrap();
        assert_ne!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
        output
    };
    let review = json(&run(&["review", "HEAD", "--format", "json"]));
    assert_eq!(review.mode, Mode::Unqualified { model: "smollm2-135m".into() });
    assert_eq!(review.findings.len(), 1, "{:?}", review.findings);
    let stage = |name: &str| review.stages.iter().find(|s| s.stage == name).unwrap();
    for name in ["draft", "verify", "learn"] {
        assert!(stage(name).completion_tokens + stage(name).prompt_tokens > 0, "{name}");
    }
    let trace = String::from_utf8(run(&["show", "last", "--trace"]).stdout).unwrap();
    assert!(trace.contains("valid: log-probability"), "{trace}");
    // Reviewed before: the same result without the model.
    assert!(json(&run(&["review", "HEAD", "--format", "json"])).cached);
}
