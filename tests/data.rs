//! Every data file of the project is sound: queries compile, prompts render,
//! schemas fill, manifests load, tools have words.

use std::path::Path;

use serde_json::{Value, json};

use forewarn::agent::{Prompts, tool};
use forewarn::asset::Assets;
use forewarn::engine::model::Manifests;
use forewarn::eval::dataset::{Label, load};
use forewarn::lang::Languages;

#[test]
fn every_language_loads_with_its_queries() {
    let languages = Languages::load(&Assets::builtin()).unwrap();
    let names: Vec<_> = languages.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "bash",
            "c",
            "cpp",
            "csharp",
            "go",
            "java",
            "javascript",
            "kotlin",
            "php",
            "python",
            "ruby",
            "rust",
            "scala",
            "swift",
            "tsx",
            "typescript",
        ]
    );
}

#[test]
fn every_manifest_loads() {
    assert!(Manifests::load(&Assets::builtin()).unwrap().iter().count() >= 11);
}

/// What the program gives each template; one that is not listed fails below.
fn values(template: &str) -> Option<Value> {
    Some(match template {
        "system" => json!({ "tools": [{ "name": "t", "arguments": "a", "description": "d" }] }),
        "context" => json!({
            "description": "d", "memories": "m", "mentions": "x is deleted",
            "history": "h", "impact": "a.py:1 function f: removed", "diff": "+ 1 x", "cut": 2,
        }),
        "filter/choose" => json!({ "count": 5, "files": "a.py\nb.py" }),
        "draft/task" | "learn/propose" => json!({}),
        "draft/split" => json!({ "count": 3 }),
        "verify/task" => json!({ "hypothesis": "h", "evidence": "e", "history": "SHOP-1" }),
        "verify/revise" => json!({
            "guideline": "g", "consequences": [{ "name": "crash", "means": "it ends" }],
            "reaches": [{ "name": "rare", "means": "seldom" }],
        }),
        "verify/verdict" => json!({ "title": "t", "guideline": "g", "valid_first": true }),
        "gather/same" | "eval/same" => json!({ "first": "a", "second": "b" }),
        name if name.starts_with("guidelines/") => json!({}),
        _ => return None,
    })
}

#[test]
fn every_prompt_renders_with_what_the_program_gives_it() {
    let assets = Assets::builtin();
    let prompts = Prompts::load(&assets).unwrap();
    for path in assets.list("prompts").unwrap() {
        let Some(name) = path.strip_prefix("prompts/").and_then(|p| p.strip_suffix(".md")) else {
            continue;
        };
        let values = values(name).unwrap_or_else(|| panic!("{path}: no stage uses it"));
        let text = prompts.render(name, &values).unwrap();
        assert!(!text.contains("{{") && !text.contains("{%"), "{path}");
        for value in values.as_object().unwrap().values().filter_map(Value::as_str) {
            assert!(text.contains(value), "{path} does not show {value}");
        }
    }
}

#[test]
fn every_schema_fills_and_is_one_that_decoding_can_enforce() {
    let assets = Assets::builtin();
    let prompts = Prompts::load(&assets).unwrap();
    let slot = || json!({ "enum": ["x"] });
    let mut slots = vec![("count", json!(5))];
    for name in ["paths", "quotes", "kinds", "consequences", "reaches"] {
        slots.push((name, slot()));
    }
    for path in assets.list("prompts").unwrap() {
        let Some(name) = path.strip_prefix("prompts/").and_then(|p| p.strip_suffix(".json")) else {
            continue;
        };
        let schema = prompts.schema(name, &slots).unwrap();
        assert_eq!(schema["type"], "object", "{path}");
        let bytes = toktrie::ApproximateTokEnv::single_byte_env();
        let parsers = llguidance::ParserFactory::new_simple(&bytes).unwrap();
        let grammar = llguidance::api::TopLevelGrammar::from_json_schema(schema);
        parsers.create_parser(grammar).unwrap_or_else(|e| panic!("{path}: {e}"));
    }
}

#[test]
fn guidelines_are_short_and_titled() {
    let prompts = Prompts::load(&Assets::builtin()).unwrap();
    let kinds = prompts.kinds().unwrap();
    assert!(kinds.len() >= 10, "{kinds:?}");
    for kind in kinds {
        let text = prompts.guideline(&kind).unwrap();
        assert!(text.starts_with("# "), "{kind}");
        assert!(text.split_whitespace().count() <= 120, "{kind} is too long");
    }
    assert!(prompts.guideline("../system").is_none());
}

#[test]
fn tools_have_words_and_closed_schemas() {
    for spec in tool::specs(&Assets::builtin()).unwrap() {
        assert!(spec.description.ends_with('.'), "{}", spec.name);
        assert_eq!(spec.parameters["additionalProperties"], false, "{}", spec.name);
        for name in spec.parameters["required"].as_array().unwrap() {
            assert!(spec.parameters["properties"].get(name.as_str().unwrap()).is_some());
        }
    }
}

#[test]
fn our_own_datasets_are_sound_and_as_large_as_they_say() {
    let assets = Assets::builtin();
    let names = forewarn::eval::names(&assets, &Languages::load(&assets).unwrap()).unwrap();
    for (name, bugs, safe) in [("bug-prediction", 178, 114), ("performance", 14, 14)] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/datasets").join(name);
        let dataset = load(&folder, &names).unwrap_or_else(|e| panic!("{e}"));
        let bugged = dataset.cases.iter().filter(|c| c.facts.label == Label::Bug).count();
        assert_eq!((bugged, dataset.cases.len() - bugged), (bugs, safe), "{name}");
        assert!(dataset.cases.iter().all(|c| c.facts.half.is_some()), "{name}");
    }
}
