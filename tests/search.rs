//! Tests of search by words, names and meaning together: ranks, filters,
//! nearness, pages, and `forewarn search`.

use std::process::Output;
use std::sync::Arc;

use forewarn::agent::tools::{FindSymbol, ListTree, Search, SearchText};
use forewarn::agent::{Agent, Ledger, Limits, Tool, Toolbox, Trace, tool};
use forewarn::asset::Assets;
use forewarn::config::{self, Config};
use forewarn::engine::Embedder;
use forewarn::engine::Message;
use forewarn::engine::scripted::{Reply, Scripted};
use forewarn::index::{Hit, IndexError, Query, Scope, View};
use serde_json::json;

use crate::common::git_in;
use crate::index::{Bench, SHOP, Words, refusal};

const MAIL: &[(&str, &str)] = &[
    (
        "src/mail.rs",
        "/// Sends a reminder to customers that have not paid.\n\
         pub fn remind(customer: &Customer) {\n    deliver(customer)\n}\n\n\
         pub fn parse_header_line(line: &str) -> Header {\n    split(line)\n}\n",
    ),
    (
        "src/parse.rs",
        "pub fn parse_header(text: &str) -> Header {\n    text.lines().map(parse_header_line)\n}\n",
    ),
    ("src/lib.rs", "pub fn other() {\n    // header header header header\n    run()\n}\n"),
    ("tests/parse.rs", "fn parse_header() {\n    check()\n}\n"),
    ("web/header.ts", "export function renderHeader(): void {\n    draw();\n}\n"),
];

fn settings() -> config::Search {
    Config::builtin().search
}

pub fn search(view: &View, text: &str, scope: &Scope, embedder: Option<&dyn Embedder>) -> Vec<Hit> {
    let query = Query { text, scope, near: None, limit: 10 };
    view.search(embedder, &query, &settings()).unwrap()
}

pub fn places(hits: &[Hit]) -> Vec<String> {
    hits.iter().map(|h| format!("{}:{}", h.path, h.line)).collect()
}

#[test]
fn words_are_found_in_text_names_and_documentation() {
    let bench = Bench::new(MAIL);
    let view = bench.view();
    let all = Scope::default();
    let first = |text: &str| places(&search(&view, text, &all, None)).first().cloned();
    // Nothing but the doc comment has these words.
    assert_eq!(first("remind unpaid customers").as_deref(), Some("src/mail.rs:2"));
    assert_eq!(first("parsing headers").as_deref(), Some("src/parse.rs:1"));
    assert_eq!(first("parse the lines of a header").as_deref(), Some("src/mail.rs:6"));
    assert_eq!(first("renderHeader").as_deref(), Some("web/header.ts:1"));
    assert_eq!(first("the of a"), None);
    assert_eq!(first("zebra"), None);
    let hit = &search(&view, "parse_header", &all, None)[0];
    assert_eq!(hit.symbol.as_deref(), Some("parse_header"));
    assert_eq!(hit.signature.as_deref(), Some("pub fn parse_header(text: &str) -> Header"));
    assert_eq!(hit.text.lines().count(), 3);
}

#[test]
fn tests_come_after_what_they_test_and_each_definition_once() {
    let bench = Bench::new(MAIL);
    let found = places(&search(&bench.view(), "parse_header", &Scope::default(), None));
    let at = |place: &str| found.iter().position(|p| p == place).unwrap();
    assert!(at("src/parse.rs:1") < at("tests/parse.rs:1"), "{found:?}");
    let mut once = found.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), found.len(), "{found:?}");
}

#[test]
fn a_search_answers_the_same_whatever_other_commits_are_indexed() {
    let bench = Bench::new(MAIL);
    let scores = || -> Vec<(String, f32)> {
        let snapshot = Arc::new(bench.git().snapshot("first").unwrap());
        let index = forewarn::index::Index::new(&bench.store, bench.languages.clone());
        let hits = search(&index.view(snapshot).unwrap(), "header lines", &Scope::default(), None);
        hits.into_iter().map(|h| (h.path, h.score)).collect()
    };
    bench.repo.git(&["tag", "first"]);
    bench.update(None);
    let before = scores();
    assert!(before.len() > 2);
    for n in 0..20 {
        bench.repo.write(&format!("more/{n}.rs"), format!("pub fn header_{n}() {{ lines() }}\n"));
    }
    bench.repo.commit("more");
    bench.update(None);
    assert_eq!(scores(), before);
}

#[test]
fn searches_are_confined_to_paths_and_languages() {
    let bench = Bench::new(MAIL);
    let view = bench.view();
    let of = |path: Option<&str>, language: Option<&str>| {
        let scope = Scope::parse(&bench.languages, path, language).unwrap();
        let words = Words("words-1");
        bench.update(Some(&words));
        let mut paths: Vec<String> = search(&bench.view(), "header", &scope, Some(&words))
            .into_iter()
            .map(|h| h.path)
            .collect();
        paths.sort();
        paths.dedup();
        paths
    };
    assert_eq!(of(None, Some("typescript")), ["web/header.ts"]);
    assert_eq!(of(None, Some(".TS")), ["web/header.ts"]);
    assert_eq!(of(Some("tests"), None), ["tests/parse.rs"]);
    assert_eq!(of(Some("*.ts"), Some("rust")), [""; 0]);
    assert!(of(Some("src/"), Some("rs")).iter().all(|p| p.starts_with("src/")));
    let wrong = Scope::parse(&bench.languages, None, Some("cobol"));
    assert!(matches!(wrong, Err(IndexError::Language { .. })), "{wrong:?}");
    let tool = FindSymbol::new(Arc::new(view));
    let message = refusal(&tool, json!({"name": "x", "language": "cobol"}));
    assert!(message.contains("rust"), "{message}");
}

#[test]
fn what_is_near_the_change_comes_before_its_equals() {
    let same = "def handle(request):\n    return request\n";
    let bench = Bench::new(&[
        ("app/changed.py", "from shop.used import thing\n\n\ndef go():\n    return thing()\n"),
        ("shop/used.py", same),
        ("far/user.py", &format!("from app.changed import go\n\n\n{same}")),
        ("app/beside.py", same),
        ("aaa/first.py", same),
        ("zzz/last.py", same),
    ]);
    let view = bench.view();
    let near = view.near(&["app/changed.py".to_owned()]).unwrap();
    let settings = settings();
    assert_eq!(near.bonus("app/changed.py", &settings), settings.near_file);
    assert_eq!(near.bonus("shop/used.py", &settings), settings.near_import);
    assert_eq!(near.bonus("far/user.py", &settings), settings.near_import);
    assert_eq!(near.bonus("app/beside.py", &settings), settings.near_folder);
    assert_eq!(near.bonus("aaa/first.py", &settings), 0.0);
    let all = Scope::default();
    let paths = |near| -> Vec<String> {
        let query = Query { text: "handle request", scope: &all, near, limit: 10 };
        view.search(None, &query, &settings).unwrap().into_iter().map(|h| h.path).collect()
    };
    assert_eq!(paths(None)[0], "aaa/first.py");
    let found = paths(Some(&near));
    assert_eq!(found.len(), 5);
    assert_eq!(found[3..], ["aaa/first.py", "zzz/last.py"], "{found:?}");
    // The tool knows the change.
    let tool = Search::new(Arc::new(view), None, settings, vec!["app/changed.py".to_owned()]);
    let output = bench.call(&tool, json!({"query": "handle request"}));
    assert!(!output.text.starts_with("aaa"), "{}", output.text);
    // Nothing is near a file that is not there.
    assert!(bench.view().near(&["gone/x.py".to_owned()]).unwrap().holds("gone/x.py"));
}

#[test]
fn imports_are_followed_whatever_their_files_are_called() {
    let service = "export function add() {\n  return 1;\n}\n";
    let item = "namespace Shop.Models {\n    class Item { int Price() { return 1; } }\n}\n";
    let bench = Bench::new(&[
        ("web/page.ts", "import { add } from './services/cart.service';\nadd();\n"),
        ("web/old.js", "import { add } from './services/cart.service.js';\nadd();\n"),
        ("web/services/cart.service.ts", service),
        ("web/services/other.service.ts", service),
        ("web/services/deep/up.ts", "import { add } from '..';\nadd();\n"),
        ("web/services/index.ts", service),
        ("Sources/App/main.swift", "import Shop\n\nfunc run() { }\n"),
        ("Sources/Shop/Models/Price/Item.swift", "public class Item { }\n"),
        ("Sources/Other/Item.swift", "public class Item { }\n"),
        ("src/Api/Pay.cs", "using Shop.Models;\nclass Pay { }\n"),
        ("lib/everything.cs", item),
        ("lib/none.cs", "namespace Shop.Views {\n    class Item { }\n}\n"),
    ]);
    let view = bench.view();
    let settings = settings();
    let linked = |path: &str| -> Vec<String> {
        let near = view.near(&[path.to_owned()]).unwrap();
        let paths = view.snapshot().entries().iter().map(|e| e.path.clone());
        // What is linked only: all of these lie in folders of their own.
        paths.filter(|p| p != path && near.bonus(p, &settings) == settings.near_import).collect()
    };
    let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    let far = |path: &str| -> Vec<String> {
        linked(path).into_iter().filter(|p| folder(p) != folder(path)).collect()
    };
    assert_eq!(far("web/page.ts"), ["web/services/cart.service.ts"]);
    assert_eq!(far("web/old.js"), ["web/services/cart.service.ts"]);
    assert_eq!(far("web/services/cart.service.ts"), ["web/old.js", "web/page.ts"]);
    assert_eq!(far("web/services/deep/up.ts"), ["web/services/index.ts"]);
    assert_eq!(far("web/services/index.ts"), ["web/services/deep/up.ts"]);
    assert_eq!(far("Sources/App/main.swift"), ["Sources/Shop/Models/Price/Item.swift"]);
    assert_eq!(far("Sources/Shop/Models/Price/Item.swift"), ["Sources/App/main.swift"]);
    assert_eq!(far("Sources/Other/Item.swift"), [""; 0]);
    assert_eq!(far("src/Api/Pay.cs"), ["lib/everything.cs"]);
    assert_eq!(far("lib/everything.cs"), ["src/Api/Pay.cs"]);
    assert_eq!(far("lib/none.cs"), [""; 0]);
}

#[test]
fn equals_score_the_same_wherever_they_lie() {
    let same = "def handle(request):\n    return request\n";
    let bench = Bench::new(&[
        ("zzz/last.py", same),
        ("aaa/first.py", same),
        ("mmm/other.py", "def other(request):\n    return request\n"),
        ("dist/first.py", same),
    ]);
    let hits = search(&bench.view(), "handle request", &Scope::default(), None);
    let score = |path: &str| hits.iter().find(|h| h.path == path).unwrap().score;
    assert_eq!(score("aaa/first.py"), score("zzz/last.py"));
    assert!(score("mmm/other.py") < score("zzz/last.py"));
    // What is built comes last.
    assert!(score("dist/first.py") < score("zzz/last.py"));
}

#[cfg(unix)]
#[test]
fn what_was_read_on_disk_is_known_to_later_processes() {
    let files: Vec<(String, String)> =
        (0..20).map(|n| (format!("{n}.py"), format!("def f{n}():\n    pass\n"))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let bench = Bench::new(&files);
    // Younger files may still change without a trace in their times.
    std::thread::sleep(std::time::Duration::from_millis(2200));
    let found = |view: &View| view.search_text("def f1", &Scope::default(), 99).unwrap().len();
    assert_eq!(found(&bench.view()), 11);
    let marks = || {
        let files = std::fs::read_dir(bench.store.folder()).unwrap().map(|f| f.unwrap().path());
        let mut marks: Vec<_> =
            files.filter(|f| f.extension().is_some_and(|e| e == "marks")).collect();
        assert_eq!(marks.len(), 1);
        marks.remove(0)
    };
    assert_eq!(std::fs::metadata(marks()).unwrap().len(), 20 * 24);
    // An edit is seen, and a damaged file of marks is of no use but does no harm.
    bench.repo.write("1.py", "def g1():\n    pass\n");
    assert_eq!(found(&bench.view()), 11, "the commit is unchanged");
    std::fs::write(marks(), [7; 100]).unwrap();
    assert_eq!(found(&bench.view()), 11);
}

#[test]
fn a_damaged_list_of_words_hides_its_file_only() {
    let bench = Bench::new(MAIL);
    bench.update(None);
    let all = Scope::default();
    let found = || places(&search(&bench.view(), "header", &all, None));
    assert!(found().len() > 2);
    bench.store.lock().execute("UPDATE index_words SET words = x'ff'", []).unwrap();
    assert_eq!(found(), [""; 0]);
}

/// An agent that makes the given calls, and what it was answered.
fn answers(tool: Box<dyn Tool>, calls: &[serde_json::Value]) -> (Vec<String>, Ledger) {
    let specs = tool::specs(&Assets::builtin()).unwrap();
    let name = tool.name().to_owned();
    let toolbox = Toolbox::new(specs, vec![tool]);
    let mut out = Vec::new();
    let mut ledger = Ledger::default();
    for arguments in calls {
        let call = json!({"tool": name, "arguments": arguments});
        let llm = Scripted::new(true)
            .on(&["<answer"], Reply::Text("<result>{}</result>".into()))
            .on(&["begin"], Reply::Text(format!("<call>{call}</call>")));
        let limits = Limits {
            steps: 3,
            reply_tokens: 200,
            answer_tokens: 60,
            prompt_tokens: 4000,
            deadline: None,
            seed: 1,
        };
        let agent = Agent { llm: &llm, toolbox: &toolbox, limits, paths: &[] };
        let mut messages = vec![Message::system("s"), Message::user("begin")];
        let mut trace = Trace::new("test", "");
        agent
            .run(&mut messages, &mut ledger, &mut trace, &|_, _| Ok(json!({"type": "object"})))
            .unwrap();
        out.push(messages[3].text.clone());
    }
    (out, ledger)
}

#[test]
fn an_agent_turns_the_pages_of_a_listing() {
    let text: String = (0..30).map(|n| format!("wanted = {n}\n")).collect();
    let bench = Bench::new(&[("a.py", &text)]);
    let tool = || Box::new(SearchText::new(Arc::new(bench.view())));
    let call = |page: u64| json!({"pattern": "wanted", "page": page});
    let mut calls = vec![json!({"pattern": "wanted"})];
    calls.extend((2..15).map(call));
    let (shown, _) = answers(tool(), &calls);
    assert!(shown[0].contains("\"page\": 2 shows them"), "{}", shown[0]);
    let mut next = 0;
    for page in &shown {
        for line in page.lines().filter_map(|l| l.trim().strip_prefix("wanted = ")) {
            assert_eq!(line.parse::<usize>().unwrap(), next, "in order, without gaps");
            next += 1;
        }
    }
    assert_eq!(next, 30);
    let pages = shown.iter().filter(|page| !page.contains("There is no page")).count();
    assert!(shown.last().unwrap().contains(&format!("the last is page {pages}")), "{shown:?}");
    // Equal calls, equal answers; and only what a page showed may be quoted.
    let (again, ledger) = answers(tool(), &calls[1..2]);
    assert_eq!(again[0], shown[1]);
    let quotes = ledger.quotes(99);
    assert!(!quotes.is_empty());
    assert!(quotes.iter().all(|q| again[0].contains(q)), "{quotes:?}");
    assert!(!quotes.contains(&"wanted = 0".to_owned()));
    let (tree, ledger) =
        answers(Box::new(ListTree::new(Arc::new(bench.view()))), &[json!({"path": ""})]);
    assert!(tree[0].contains("a.py"), "{tree:?}");
    assert_eq!(ledger.paths(), ["a.py"]);
}

/// Runs the program in a repository with a user of its own.
pub fn forewarn(bench: &Bench, home: &std::path::Path, arguments: &[&str]) -> Output {
    let mut command = git_in(bench.repo.path(), &[]);
    let environment: Vec<_> =
        command.get_envs().filter_map(|(k, v)| Some((k.to_owned(), v?.to_owned()))).collect();
    command = std::process::Command::new(env!("CARGO_BIN_EXE_forewarn"));
    command
        .current_dir(bench.repo.path())
        .envs(environment)
        .env(forewarn::cli::CONFIG_DIR, home.join("config"))
        .env(forewarn::cli::DATA_DIR, home.join("data"))
        .args(arguments);
    command.output().unwrap()
}

#[test]
fn people_search_the_work_tree_or_a_commit() {
    let bench = Bench::new(SHOP);
    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| -> (i32, String, String) {
        let output = forewarn(&bench, home.path(), &[&["search"], arguments].concat());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    };
    let (code, out, err) = run(&["discount of the cart"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(out.lines().next(), Some("shop/cart.py:9 function discount: def discount(cart)"));
    assert_eq!(err.matches("no embedder is installed").count(), 1, "{err}");
    assert!(err.contains("forewarn models pull all-minilm-l6-v2"), "{err}");

    let (code, out, err) = run(&["--symbol", "Cart.total"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out, "shop/cart.py:2 method Cart.total: def total(self, rate)\n");
    let (_, out, _) = run(&["--references", "discount", "--lang", "python", "-n", "1"]);
    assert_eq!(out, "other/tools.py:5 call discount(1)\n");
    let (_, out, _) = run(&["--regex", r"def \w+\(x\)", "--path", "*.py"]);
    assert_eq!(out, "other/tools.py:1 line def discount(x):  in discount\n");
    let (_, out, _) = run(&["discount", "--near", "shop/api.py"]);
    assert!(out.starts_with("shop/cart.py:9 "), "{out}");

    bench.repo.write("a/dist/cart.py", "def discount(cart):\n    return cart\n");
    let (_, out, _) = run(&["--symbol", "discount"]);
    assert!(out.lines().last().unwrap().starts_with("a/dist/cart.py:1 "), "{out}");
    std::fs::remove_dir_all(bench.repo.path().join("a")).unwrap();

    // Uncommitted code is found, unless a commit is named.
    bench.repo.write("new.py", "def freshly_written():\n    pass\n");
    let (code, out, _) = run(&["freshly written", "--json"]);
    assert_eq!(code, 0);
    let hits: Vec<Hit> = serde_json::from_str(&out).unwrap();
    assert_eq!((hits[0].path.as_str(), hits[0].line), ("new.py", 1));
    let (code, out, _) = run(&["freshly written", "--at", "HEAD"]);
    assert_eq!((code, out.as_str()), (1, ""));

    for (arguments, said) in [
        (&["--semantic", "x"][..], "needs an embedder"),
        (&["--regex", "("], "regular expression"),
        (&["x", "--lang", "cobol"], "no language `cobol`"),
        (&["x", "--path", "[z-"], "glob"),
        (&["x", "--near", "nothing.py"], "names no file"),
        (&["x", "--at", "nowhere"], "nowhere"),
        (&["x", "--regex", "--symbol"], "cannot be used with"),
        (&["x", "-n", "0"], "one result at least"),
        (&["x", "-n", "many"], "a whole number"),
    ] {
        let (code, _, err) = run(arguments);
        assert_eq!(code, 2, "{arguments:?}: {err}");
        assert!(err.contains(said), "{arguments:?}: {err}");
    }
}

#[test]
fn the_index_is_made_ahead_and_says_what_it_left_out() {
    let bench = Bench::new(SHOP);
    bench.repo.write("min.js", "var a=1;".repeat(5000));
    bench.repo.commit("minified");
    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = forewarn(&bench, home.path(), arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let first = run(&["index", "--details"]);
    assert!(first.starts_with("9 files: 7 read now, 1 skipped; 0 pieces embedded now."), "{first}");
    assert!(first.contains("min.js: minified"), "{first}");
    assert!(first.contains("no embedder is installed"), "{first}");
    assert!(run(&["index", "--no-embed"]).contains(": 0 read now"));
}

#[test]
fn an_interrupted_index_goes_on_where_it_was() {
    let files: Vec<(String, String)> = (0..600)
        .map(|n| (format!("m{n}.py"), format!("def function_{n}():\n    return {n}\n")))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let bench = Bench::new(&files);
    let index = forewarn::index::Index::new(&bench.store, bench.languages.clone());
    let snapshot = Arc::new(bench.git().snapshot("HEAD").unwrap());
    let words = Words("words-1");
    // The process ends in the midst: of 600 files, then of 600 chunks.
    let interrupt = |embedder: Option<&dyn Embedder>, at: usize| {
        let run = std::panic::AssertUnwindSafe(|| {
            index.update(&snapshot, embedder, &[], usize::MAX, &mut |done, _| {
                if done >= at {
                    std::panic::resume_unwind(Box::new("interrupted"));
                }
            })
        });
        assert!(std::panic::catch_unwind(run).is_err());
    };
    interrupt(None, 256);
    let rest = index.update(&snapshot, None, &[], 0, &mut |_, _| {}).unwrap();
    assert!(rest.parsed > 0 && rest.parsed < 600, "{rest:?}");
    interrupt(Some(&words), 64);
    // What is there can be searched before the rest is.
    let view = index.view(snapshot.clone()).unwrap();
    let (done, all) = view.embedded("words-1").unwrap();
    assert!((64..600).contains(&done), "{done}");
    assert_eq!(all, 600);
    assert!(!view.search_meaning(&words, "function", &Scope::default(), 5).unwrap().is_empty());
    let rest = index.update(&snapshot, Some(&words), &[], usize::MAX, &mut |_, _| {}).unwrap();
    assert_eq!(rest.embedded, 600 - done);
}
