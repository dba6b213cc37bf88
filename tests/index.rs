//! Tests of index: languages read their fixtures as annotated, and the index
//! answers over real repositories.

use std::path::Path;
use std::sync::Arc;

use forewarn::agent::tools::{
    FindReferences, FindSymbol, LineHistory, ListTree, Outline, ReadLines, Search, SearchText,
};
use forewarn::agent::{Tool, ToolError, ToolOutput};
use forewarn::asset::Assets;
use forewarn::change::Repo;
use forewarn::config::Config;
use forewarn::engine::{EmbedKind, Embedder, EngineError};
use forewarn::index::{Certainty, Index, IndexError, IndexReport, Scope, View};
use forewarn::lang::{GUARD_KINDS, Language, Languages, Parameter};
use forewarn::store::Store;
use serde_json::{Value, json};

use crate::common::TestRepo;

fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/index")
}

fn languages() -> Languages {
    Languages::load(&Assets::builtin()).unwrap()
}

fn shape(parameters: &[Parameter]) -> String {
    let one = |p: &Parameter| {
        let mut text = String::new();
        if p.variadic {
            text.push('*');
        }
        if p.keyword_only {
            text.push(':');
        }
        text.push_str(&p.name.split_whitespace().collect::<String>());
        if let Some(ty) = &p.ty {
            text.push_str(&format!("<{}>", ty.split_whitespace().collect::<String>()));
        }
        if p.default {
            text.push('=');
        }
        text
    };
    parameters.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// What the queries find, as `(line, note)`; the notes are the fixtures' own.
fn notes(language: &Language, text: &str) -> Vec<(u32, String)> {
    let tree = language.parse(text).unwrap();
    assert!(!tree.root_node().has_error(), "{} does not parse its fixture", language.name);
    let mut notes = Vec::new();
    for d in language.definitions(&tree, text) {
        let doc = d.doc.as_deref().map(|d| format!(" \"{d}\"")).unwrap_or_default();
        let lines = format!("{}+{}", i64::from(d.start) - i64::from(d.line), d.end - d.line);
        notes.push((d.line, format!("def {} {} {lines}{doc}", d.kind.as_str(), d.qualified)));
        let parameters = language.parameters(&tree, text, &d);
        if !parameters.is_empty() {
            notes.push((d.line, format!("params {}", shape(&parameters))));
        }
    }
    for c in language.calls(&tree, text) {
        let receiver = c.receiver.map(|r| format!("({r}).")).unwrap_or_default();
        let mut arguments = c.positional.to_string();
        for keyword in &c.keywords {
            arguments.push_str(&format!(" {keyword}="));
        }
        if c.spread {
            arguments.push_str(" ...");
        }
        notes.push((c.line, format!("call {receiver}{} {arguments}", c.name)));
    }
    for i in language.imports(&tree, text) {
        let name = i.name.as_deref().unwrap_or("-");
        notes.push((i.line, format!("import {} {name} as {}", i.module, i.binding())));
    }
    for g in language.guards(&tree, text) {
        assert!(GUARD_KINDS.contains(&g.kind.as_str()), "unknown kind {}", g.kind);
        notes.push((g.line, format!("guard {} {}", g.kind, g.subject.as_deref().unwrap_or("-"))));
    }
    for c in language.chunks(&tree, text) {
        notes.push((c.start, format!("chunk +{}", c.end - c.start)));
    }
    notes.sort_by_key(|(line, _)| *line);
    notes
}

/// Fixtures carry what is to be found in `<name>.expected`, one note a line.
#[test]
fn every_language_reads_its_fixture_as_annotated() {
    let languages = languages();
    let mut seen = Vec::new();
    let mut wrong = String::new();
    let mut paths: Vec<_> =
        std::fs::read_dir(fixtures()).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".expected") {
            continue;
        }
        let language = languages.of(&name, "").unwrap();
        seen.push(language.name.clone());
        let text = std::fs::read_to_string(&path).unwrap();
        let mut found = String::new();
        let mut last = 0;
        for (line, note) in notes(language, &text) {
            if line != last {
                let source = text.lines().nth(line as usize - 1).unwrap().trim();
                found.push_str(&format!("{line}: {source}\n"));
                last = line;
            }
            found.push_str(&format!("    {note}\n"));
        }
        let expected = std::fs::read_to_string(fixtures().join(format!("{name}.expected")))
            .unwrap_or_default();
        if found != expected {
            wrong.push_str(&format!("===== {name}\n{found}"));
        }
    }
    seen.sort();
    let all: Vec<_> = languages.iter().map(|l| l.name.clone()).collect();
    assert_eq!(seen, all, "a language has no fixture");
    assert!(wrong.is_empty(), "found something else than expected:\n{wrong}");
}

#[test]
fn every_query_of_every_language_compiles() {
    languages().compile().unwrap();
}

/// Files whose interpreter, case or whole name tells the language.
#[test]
fn a_language_is_known_by_name_extension_or_shebang() {
    let languages = languages();
    let of = |path: &str, line: &str| languages.of(path, line).map(|l| l.name.clone());
    assert_eq!(of("a/b.py", "").as_deref(), Some("python"));
    assert_eq!(of("a/B.PY", "").as_deref(), Some("python"));
    assert_eq!(of("Rakefile", "").as_deref(), Some("ruby"));
    assert_eq!(of("bin/tool", "#!/usr/bin/env python3").as_deref(), Some("python"));
    assert_eq!(of("bin/tool", "echo"), None);
    assert_eq!(of("x.tsx", "").as_deref(), Some("tsx"));
    assert_eq!(of("bin/deploy", "#!/bin/sh").as_deref(), Some("bash"));
    assert_eq!(of("bin/console", "#!/usr/bin/env php").as_deref(), Some("php"));
    // A header's classes must be found; the grammar of C++ reads C's as well.
    assert_eq!(of("cart.h", "").as_deref(), Some("cpp"));
    assert_eq!(of("cart.c", "").as_deref(), Some("c"));
    assert_eq!(of("build.gradle.kts", "").as_deref(), Some("kotlin"));
    assert!(languages.is_test_path("pkg/tests/test_a.py"));
    assert!(languages.is_test_path("tests/a.rs"));
    assert!(languages.is_test_path("web/cart.test.ts"));
    assert!(!languages.is_test_path("shop/cart.py"));
}

/// A parser and queries must survive whatever stands in a repository.
#[test]
fn hostile_text_does_not_crash_any_language() {
    let languages = languages();
    let deep = 5_000;
    let texts = [
        "(".repeat(deep),
        "f(".repeat(deep),
        "{".repeat(deep),
        "[".repeat(deep) + &"]".repeat(deep),
        "if x:\n ".repeat(200),
        "class A { ".repeat(3000),
        "def f(\n".repeat(3000),
        "a.".repeat(deep),
        "x = \"".to_owned() + &"a".repeat(200_000),
        "\u{202e}\u{0}\u{feff}é\r\n\r\r\n\u{1b}[31m".repeat(100),
        "=> ) ( ;; <<<<<<< HEAD\n@@ def class fn func".repeat(50),
        String::new(),
        "\n".repeat(1000),
    ];
    for language in languages.iter() {
        for text in &texts {
            let Some(tree) = language.parse(text) else { continue };
            for d in language.definitions(&tree, text).iter().take(50) {
                language.parameters(&tree, text, d);
            }
            language.calls(&tree, text);
            language.guards(&tree, text);
            let lines = text.lines().count().max(1) as u32;
            for chunk in language.chunks(&tree, text) {
                assert!(chunk.start >= 1 && chunk.end <= lines, "{chunk:?} of {lines} lines");
            }
        }
    }
}

/// A repository, its state and the index over its head.
pub struct Bench {
    pub repo: TestRepo,
    pub store: Store,
    pub languages: Arc<Languages>,
}

impl Bench {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let repo = TestRepo::new();
        for (path, text) in files {
            repo.write(path, text);
        }
        repo.commit("first");
        let store = Store::open(&repo.path().join(".git/forewarn/forewarn.db")).unwrap();
        Self { repo, store, languages: Arc::new(languages()) }
    }

    pub fn git(&self) -> Repo {
        Repo::discover(self.repo.path()).unwrap()
    }

    pub fn update(&self, embedder: Option<&dyn Embedder>) -> IndexReport {
        let snapshot = self.git().snapshot("HEAD").unwrap();
        let index = Index::new(&self.store, self.languages.clone());
        index.update(&snapshot, embedder, &[], 1000, &mut |_, _| {}).unwrap()
    }

    pub fn view(&self) -> View {
        self.update(None);
        let snapshot = Arc::new(self.git().snapshot("HEAD").unwrap());
        Index::new(&self.store, self.languages.clone()).view(snapshot).unwrap()
    }

    pub fn call(&self, tool: &dyn Tool, arguments: Value) -> ToolOutput {
        tool.call(&arguments).unwrap()
    }
}

pub fn refusal(tool: &dyn Tool, arguments: Value) -> String {
    match tool.call(&arguments) {
        Err(ToolError::Refused(message)) => message,
        other => panic!("{arguments} gave {other:?}"),
    }
}

/// Counts words by hash: texts that share words are near each other.
pub struct Words(pub &'static str);

impl Embedder for Words {
    fn id(&self) -> &str {
        self.0
    }
    fn dimensions(&self) -> usize {
        64
    }
    fn embed(&self, texts: &[&str], _: EmbedKind) -> Result<Vec<Vec<f32>>, EngineError> {
        let one = |text: &&str| {
            let mut vector = vec![0.0f32; 64];
            for word in text.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 2) {
                let hash = blake3::hash(word.to_lowercase().as_bytes());
                vector[hash.as_bytes()[0] as usize % 64] += 1.0;
            }
            let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6);
            vector.iter().map(|x| x / length).collect()
        };
        Ok(texts.iter().map(one).collect())
    }
}

const CART: &str = "\
class Cart:
    def total(self, rate):
        return self.base() * rate

    def base(self):
        return 1


def discount(cart):
    return cart.total(2)
";

pub const SHOP: &[(&str, &str)] = &[
    ("shop/__init__.py", ""),
    ("shop/cart.py", CART),
    (
        "shop/api.py",
        "from .cart import Cart, discount\n\n\ndef pay(card):\n    return discount(Cart())\n",
    ),
    ("other/tools.py", "def discount(x):\n    return x\n\n\ndiscount(1)\n"),
    (
        "web/app.js",
        "import { go } from './go';\nexport function run() { return discount(go()); }\n",
    ),
    ("web/go.js", "export function go() { return 1; }\n"),
    ("bin/tool", "#!/usr/bin/env python3\ndef scripted():\n    pass\n"),
    ("README", "no code\n"),
];

#[test]
fn symbols_are_found_by_plain_and_qualified_names() {
    let bench = Bench::new(SHOP);
    let view = bench.view();
    let names = |name: &str| -> Vec<String> {
        let found = view.symbols(name).unwrap();
        found.iter().map(|s| format!("{}:{} {}", s.path, s.line, s.qualified)).collect()
    };
    assert_eq!(names("total"), ["shop/cart.py:2 Cart.total"]);
    assert_eq!(names("Cart.total"), ["shop/cart.py:2 Cart.total"]);
    assert_eq!(names("Cart#total()"), ["shop/cart.py:2 Cart.total"]);
    assert_eq!(names("Basket.total"), [""; 0]);
    assert_eq!(names("discount"), ["other/tools.py:1 discount", "shop/cart.py:9 discount"]);
    assert_eq!(names("scripted"), ["bin/tool:2 scripted"]);
    assert_eq!(names(""), [""; 0]);
    let outline: Vec<String> =
        view.outline("shop/cart.py").unwrap().into_iter().map(|s| s.qualified).collect();
    assert_eq!(outline, ["Cart", "Cart.total", "Cart.base", "discount"]);
    let around = |line| view.enclosing("shop/cart.py", line).unwrap().map(|s| s.qualified);
    assert_eq!(around(1).as_deref(), Some("Cart"));
    assert_eq!(around(3).as_deref(), Some("Cart.total"));
    assert_eq!(around(7), None);
    assert_eq!(view.enclosing("none.py", 1).unwrap(), None);
}

#[test]
fn references_say_how_sure_they_are() {
    let bench = Bench::new(SHOP);
    let view = bench.view();
    let uses = |name: &str, target: Option<&str>| -> Vec<String> {
        let target =
            target.map(|t| view.symbols(name).unwrap().into_iter().find(|s| s.path == t).unwrap());
        view.references(name, target.as_ref())
            .unwrap()
            .into_iter()
            .filter(|r| r.call)
            .map(|r| format!("{}:{} {:?} {:?}", r.path, r.line, r.certainty, r.within))
            .collect()
    };
    assert_eq!(
        uses("discount", Some("shop/cart.py")),
        [
            "other/tools.py:5 ByName None",
            "shop/api.py:5 ByImport Some(\"pay\")",
            // Another language: the name alone.
            "web/app.js:2 ByName Some(\"run\")",
        ]
    );
    assert_eq!(uses("discount", Some("other/tools.py"))[0], "other/tools.py:5 Exact None");
    assert_eq!(uses("base", Some("shop/cart.py")), ["shop/cart.py:3 Exact Some(\"Cart.total\")"]);
    // The only method of that name, called on something unknown.
    assert_eq!(uses("total", None), ["shop/cart.py:10 ByImport Some(\"discount\")"]);
    assert_eq!(uses("go", None), ["web/app.js:2 ByImport Some(\"run\")"]);
    let mut imported = view.references("go", None).unwrap();
    assert!(imported.iter().all(|r| r.text.is_empty()));
    view.quote(&mut imported).unwrap();
    assert_eq!(imported[0].text, "import { go } from './go';");
    assert!(imported.iter().all(|r| r.certainty >= Certainty::ByName));
}

/// Lines that `references` gives for `discount`, whose definition is on line 1.
#[test]
fn local_names_hide_definitions_of_the_same_name() {
    let cases: &[(&str, &str, &[u32])] = &[
        (
            "a.py",
            "def discount(x): return x\n\
             def a(discount): return discount(1)\n\
             def b():\n    discount = 3\n    return discount\n\
             def c(): return [discount for discount in (1, 2)]\n\
             def d():\n    global discount\n    discount = None\n    return discount\n\
             def e(): return other(discount=1)\n\
             def f(): return discount(2)\n",
            &[8, 9, 10, 12],
        ),
        (
            "a.js",
            "export function discount(x) { return x; }\n\
             const a = discount => discount(1);\n\
             function b({ discount }) { return discount(1); }\n\
             function c() { for (const discount of [1]) { use(discount); } }\n\
             function d() { { let discount = 1; } return discount(2); }\n\
             function e() { { var discount = 1; } return discount; }\n",
            &[5],
        ),
        (
            "a.ts",
            "export function discount(x: number) { return x; }\n\
             function a(discount: number): number { return discount; }\n\
             function b(): number { return discount(1); }\n",
            &[3],
        ),
        (
            "a.go",
            "package a; func discount(x int) int { return x }\n\
             func a(discount int) int { return discount }\n\
             func b() int { discount := discount(1)\n\treturn discount }\n\
             func c() int { return discount(1) }\n",
            &[3, 5],
        ),
        (
            "a.rs",
            "fn discount(x: u32) -> u32 { x }\n\
             fn a(discount: u32) -> u32 { discount }\n\
             fn b() -> u32 { let discount = discount(1);\n    discount }\n\
             fn c() -> u32 { [1].iter().map(|discount| discount + 1).sum() }\n\
             fn d() -> u32 { discount(1) }\n",
            &[3, 6],
        ),
        (
            "A.java",
            "class A { int discount(int x) { return x; }\n\
             int a(int discount) { return discount; }\n\
             int b(int discount) { return discount(discount); }\n\
             int c() { return discount(1); } }\n",
            &[3, 4],
        ),
        (
            "a.rb",
            "def discount(x = 1) = x\n\
             def a(discount)\n  discount\nend\n\
             def b\n  discount = 1\n  discount\nend\n\
             def c\n  discount\nend\n",
            &[10],
        ),
        (
            "a.c",
            "int discount(int x) { return x; }\n\
             int a(int discount) { return discount; }\n\
             int b(void) { { int discount = 1; use(discount); } return discount(1); }\n\
             int c(void) { for (int discount = 0; discount < 1; discount++) { } return 0; }\n",
            &[3],
        ),
        (
            "a.cpp",
            "int discount(int x) { return x; }\n\
             int a(const int &discount) { return discount; }\n\
             int b() { auto f = [](int discount) { return discount; }; return discount(1); }\n\
             int c() { for (auto &discount : all) use(discount); return 0; }\n",
            &[3],
        ),
        (
            "A.cs",
            "class A { int discount(int x) => x;\n\
             int a(int discount) => discount;\n\
             int b() { foreach (var discount in all) { Use(discount); } return discount(1); }\n\
             int c() => other(discount: 1); }\n",
            &[3],
        ),
        (
            "a.kt",
            "fun discount(x: Int) = x\n\
             fun a(discount: Int) = discount\n\
             fun b(): Int {\n    val discount = discount(1)\n    return discount\n}\n\
             fun c() = listOf(1).map { discount -> discount + 1 }\n\
             fun d() = other(discount = 1)\n\
             fun e() = discount(1)\n",
            &[4, 9],
        ),
        (
            "a.swift",
            "func discount(_ x: Int) -> Int { x }\n\
             func a(discount: Int) -> Int { discount }\n\
             func b() -> Int {\n    let discount = discount(1)\n    return discount\n}\n\
             func c() -> Int { other(discount: 1) }\n\
             func d() -> Int { discount(1) }\n",
            &[4, 8],
        ),
        (
            "a.scala",
            "def discount(x: Int) = x\n\
             def a(discount: Int) = discount\n\
             def b() = { val discount = one(); discount }\n\
             def c() = List(1).map(discount => discount + 1)\n\
             def d() = discount(1)\n",
            &[5],
        ),
        // Variables and functions have names of their own.
        (
            "a.php",
            "<?php function discount($x) { return $x; }\n\
             function a($discount) { return $discount; }\n\
             function b($discount) { return discount($discount); }\n\
             function c() { return other(discount: 1); }\n",
            &[3],
        ),
        (
            "a.sh",
            "discount() { echo 1; }\n\
             a() { local discount=1; echo \"$discount\"; }\n\
             b() { local discount; discount 1; }\n",
            &[3],
        ),
    ];
    let files: Vec<(&str, &str)> = cases.iter().map(|(path, text, _)| (*path, *text)).collect();
    let bench = Bench::new(&files);
    let view = bench.view();
    let found = view.references("discount", None).unwrap();
    for (path, text, lines) in cases {
        let definitions = view.symbols("discount").unwrap();
        assert!(definitions.iter().any(|d| d.path == *path && d.line == 1), "{path}");
        let here: Vec<u32> = found.iter().filter(|r| r.path == *path).map(|r| r.line).collect();
        assert_eq!(&here, lines, "{path}:\n{text}");
    }
}

/// A module that a local variable hides is not what a call goes through.
#[test]
fn a_local_receiver_is_no_module() {
    let bench = Bench::new(&[
        ("cart.py", "def total():\n    return 1\n"),
        ("other.py", "def total():\n    return 2\n"),
        (
            "use.py",
            "import cart\ndef a():\n    return cart.total()\ndef b(cart):\n    return cart.total()\n",
        ),
    ]);
    let view = bench.view();
    let target = view.symbols("total").unwrap().into_iter().find(|s| s.path == "cart.py");
    let found = view.references("total", target.as_ref()).unwrap();
    let sure: Vec<_> = found.iter().map(|r| (r.line, r.certainty)).collect();
    assert_eq!(sure, [(3, Certainty::ByImport), (5, Certainty::ByName)]);
}

/// Two definitions of one name, and which of them a use means by its imports.
#[test]
fn imports_tell_definitions_of_one_name_apart() {
    // Files, the file with uses, then line, and the file that is meant.
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, &'a [(u32, &'a str)]);
    let cases: &[Case<'_>] = &[
        (
            "Item",
            &[
                ("src/Models/Item.php", "<?php\nnamespace Shop\\Models;\nclass Item {}\n"),
                ("src/Other/Item.php", "<?php\nnamespace Shop\\Other;\nclass Item {}\n"),
                (
                    "src/Cart.php",
                    "<?php\nnamespace Shop;\nuse Shop\\Models\\Item;\nfunction f() { return new Item(); }\n",
                ),
                (
                    "src/Other/Use.php",
                    "<?php\nnamespace Shop\\Other;\nfunction f() { return new Item(); }\n",
                ),
            ],
            "src/Cart.php",
            &[(3, "src/Models/Item.php"), (4, "src/Models/Item.php")],
        ),
        (
            "Item",
            &[
                ("src/Models/Item.php", "<?php\nnamespace Shop\\Models;\nclass Item {}\n"),
                ("src/Other/Item.php", "<?php\nnamespace Shop\\Other;\nclass Item {}\n"),
                (
                    "src/Other/Use.php",
                    "<?php\nnamespace Shop\\Other;\nfunction f() { return new Item(); }\n",
                ),
            ],
            "src/Other/Use.php",
            &[(3, "src/Other/Item.php")],
        ),
        (
            "price",
            &[
                ("lib/price.c", "int price(int n) { return n; }\n"),
                ("other/price.c", "static int price(int n) { return n; }\n"),
                ("lib/price.h", "#pragma once\n"),
                ("main.c", "#include \"lib/price.h\"\nint main(void) { return price(1); }\n"),
            ],
            "main.c",
            &[(2, "lib/price.c")],
        ),
        (
            "price",
            &[
                ("lib/price.h", "namespace shop { int price(int n); }\n"),
                ("other/price.h", "namespace other { int price(int n); }\n"),
                ("main.cc", "#include \"lib/price.h\"\nint main() { return shop::price(1); }\n"),
            ],
            "main.cc",
            &[(2, "lib/price.h")],
        ),
        // The class is declared in one file and defined in another.
        (
            "base",
            &[
                ("cart.h", "namespace shop { class Cart { int base(); int total(); }; }\n"),
                ("tax.h", "namespace shop { class Tax { int base(); }; }\n"),
                ("cart.cc", "namespace shop {\nint Cart::total() { return base(); }\n}\n"),
            ],
            "cart.cc",
            &[(2, "cart.h")],
        ),
        (
            "Item",
            &[
                ("Models/Item.cs", "namespace Shop.Models;\nclass Item { }\n"),
                ("Other/Item.cs", "namespace Shop.Other\n{\n    class Item { }\n}\n"),
                (
                    "Cart.cs",
                    "using Shop.Models;\nnamespace Shop;\nclass Cart { Item Make() => new Item(); }\n",
                ),
            ],
            "Cart.cs",
            &[(3, "Models/Item.cs")],
        ),
        (
            "price",
            &[
                (
                    "src/main/kotlin/shop/models/Prices.kt",
                    "package shop.models\nfun price(n: Int) = n\n",
                ),
                (
                    "src/main/kotlin/shop/other/Prices.kt",
                    "package shop.other\nfun price(n: Int) = n\n",
                ),
                (
                    "src/main/kotlin/shop/Cart.kt",
                    "package shop\nimport shop.models.price\nfun total() = price(1)\n",
                ),
            ],
            "src/main/kotlin/shop/Cart.kt",
            &[
                (2, "src/main/kotlin/shop/models/Prices.kt"),
                (3, "src/main/kotlin/shop/models/Prices.kt"),
            ],
        ),
        // The same package, in the folder of tests.
        (
            "price",
            &[
                (
                    "src/main/kotlin/shop/models/Prices.kt",
                    "package shop.models\nfun price(n: Int) = n\n",
                ),
                (
                    "src/main/kotlin/shop/other/Prices.kt",
                    "package shop.other\nfun price(n: Int) = n\n",
                ),
                (
                    "src/test/kotlin/shop/models/PricesTest.kt",
                    "package shop.models\nfun test() = price(1)\n",
                ),
            ],
            "src/test/kotlin/shop/models/PricesTest.kt",
            &[(2, "src/main/kotlin/shop/models/Prices.kt")],
        ),
        (
            "price",
            &[
                ("Sources/Shop/Price.swift", "func price(_ n: Int) -> Int { n }\n"),
                ("Sources/Other/Price.swift", "func price(_ n: Int) -> Int { n }\n"),
                ("Sources/Shop/Cart.swift", "func total() -> Int { price(1) }\n"),
                ("Tests/ShopTests/A.swift", "@testable import Shop\nlet a = price(1)\n"),
            ],
            "Sources/Shop/Cart.swift",
            &[(1, "Sources/Shop/Price.swift")],
        ),
        (
            "price",
            &[
                ("Sources/Shop/Price.swift", "func price(_ n: Int) -> Int { n }\n"),
                ("Sources/Other/Price.swift", "func price(_ n: Int) -> Int { n }\n"),
                ("Tests/ShopTests/A.swift", "@testable import Shop\nlet a = price(1)\n"),
            ],
            "Tests/ShopTests/A.swift",
            &[(2, "Sources/Shop/Price.swift")],
        ),
        (
            "Item",
            &[
                ("shop/models/Item.scala", "package shop.models\nclass Item(n: Int)\n"),
                ("shop/other/Item.scala", "package shop.other\nclass Item(n: Int)\n"),
                (
                    "shop/Cart.scala",
                    "package shop\nimport shop.models.{Item, Rate}\nclass Cart { val a = new Item(1) }\n",
                ),
            ],
            "shop/Cart.scala",
            &[(2, "shop/models/Item.scala"), (3, "shop/models/Item.scala")],
        ),
        (
            "price",
            &[
                ("lib/price.sh", "price() { echo 1; }\n"),
                ("other/price.sh", "price() { echo 2; }\n"),
                ("run.sh", "#!/bin/sh\n. \"$(dirname \"$0\")/lib/price.sh\"\nprice\n"),
            ],
            "run.sh",
            &[(3, "lib/price.sh")],
        ),
        (
            "Item",
            &[
                ("src/main/java/shop/models/Item.java", "package shop.models;\nclass Item { }\n"),
                ("src/main/java/shop/other/Item.java", "package shop.other;\nclass Item { }\n"),
                (
                    "src/main/java/shop/Cart.java",
                    "package shop;\nimport shop.models.*;\nclass Cart { Item a = new Item(); }\n",
                ),
            ],
            "src/main/java/shop/Cart.java",
            &[(3, "src/main/java/shop/models/Item.java")],
        ),
        (
            "Price",
            &[
                ("shop/price.go", "package shop\n\nfunc Price(n int) int { return n }\n"),
                ("other/price.go", "package other\n\nfunc Price(n int) int { return n }\n"),
                ("shop/cart.go", "package shop\n\nfunc Total() int { return Price(1) }\n"),
            ],
            "shop/cart.go",
            &[(3, "shop/price.go")],
        ),
    ];
    for (name, files, user, expected) in cases {
        let bench = Bench::new(files);
        let view = bench.view();
        let mut found: Vec<(u32, String)> = Vec::new();
        for target in view.symbols(name).unwrap() {
            for reference in view.references(name, Some(&target)).unwrap() {
                if reference.path == *user && reference.certainty >= Certainty::ByImport {
                    found.push((reference.line, target.path.clone()));
                }
            }
        }
        found.sort();
        let expected: Vec<(u32, String)> =
            expected.iter().map(|(line, path)| (*line, (*path).to_owned())).collect();
        assert_eq!(found, expected, "{user} of {files:#?}");
    }
}

#[test]
fn only_changed_contents_are_parsed() {
    let bench = Bench::new(SHOP);
    let report = bench.update(None);
    assert_eq!((report.files, report.parsed), (8, 7), "{report:?}");
    assert_eq!(bench.update(None).parsed, 0);
    bench.repo.write("shop/cart.py", CART.replace("base", "root"));
    bench.repo.git(&["mv", "web/go.js", "web/went.js"]);
    bench.repo.commit("second");
    assert_eq!(bench.update(None).parsed, 1);
    let view = bench.view();
    assert!(view.symbols("base").unwrap().is_empty());
    assert_eq!(view.symbols("root").unwrap().len(), 1);
    assert_eq!(view.symbols("go").unwrap()[0].path, "web/went.js");
    // The earlier tree is still answered.
    let earlier = Arc::new(bench.git().snapshot("HEAD~1").unwrap());
    let view = Index::new(&bench.store, bench.languages.clone()).view(earlier).unwrap();
    assert_eq!(view.symbols("base").unwrap().len(), 1);
    assert_eq!(view.symbols("go").unwrap()[0].path, "web/go.js");
}

#[test]
fn files_that_are_not_worth_parsing_are_named_with_a_reason() {
    let bench = Bench::new(&[
        ("ok.py", "x = 1\n"),
        ("big.py", &"value = 1\n".repeat(150_000)),
        ("min.js", &"var a=1;".repeat(5000)),
        ("pb.go", "// Code generated by protoc. DO NOT EDIT.\npackage a\n"),
        ("binary.rb", "a\0b"),
    ]);
    let reasons = |report: IndexReport| -> Vec<String> {
        report.skipped.iter().map(|s| format!("{}: {}", s.path, s.reason)).collect()
    };
    let first = reasons(bench.update(None));
    assert_eq!(first.len(), 4, "{first:?}");
    assert!(first[0].starts_with("big.py: larger than"), "{first:?}");
    assert_eq!(first[1], "binary.rb: binary");
    assert!(first[2].starts_with("min.js: minified"), "{first:?}");
    assert!(first[3].starts_with("pb.go: generated"), "{first:?}");
    assert_eq!(reasons(bench.update(None)), first, "the second run says the same");
}

#[test]
fn two_updates_at_once_agree() {
    let files: Vec<(String, String)> = (0..300)
        .map(|n| (format!("m{n}.py"), format!("def f{n}():\n    return g{n}()\n")))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let bench = Bench::new(&files);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| bench.update(None));
        }
    });
    let view = bench.view();
    for n in [0, 150, 299] {
        assert_eq!(view.symbols(&format!("f{n}")).unwrap().len(), 1);
        assert_eq!(view.references(&format!("g{n}"), None).unwrap().len(), 1);
    }
}

#[test]
fn text_search_is_ordered_limited_and_confined() {
    let bench = Bench::new(SHOP);
    bench.repo.write("data.bin", b"discount\0discount");
    bench.repo.commit("binary");
    let view = bench.view();
    let lines = |pattern: &str, within: Option<&str>, limit: usize| -> Vec<String> {
        let scope = Scope::parse(&bench.languages, within, None).unwrap();
        let hits = view.search_text(pattern, &scope, limit).unwrap();
        hits.iter().map(|h| format!("{}:{}", h.path, h.start)).collect()
    };
    assert_eq!(
        lines(r"def \w+\(", None, 99),
        [
            "bin/tool:2",
            "other/tools.py:1",
            "shop/api.py:4",
            "shop/cart.py:2",
            "shop/cart.py:5",
            "shop/cart.py:9",
        ]
    );
    assert_eq!(lines("discount", Some("shop/"), 99).len(), 3);
    assert_eq!(lines("discount", Some("*.js"), 99), ["web/app.js:2"]);
    assert_eq!(lines("discount", Some("**/cart.py"), 99), ["shop/cart.py:9"]);
    assert_eq!(lines("discount", Some("shop/cart.py"), 99), ["shop/cart.py:9"]);
    assert_eq!(lines("discount", Some("sho"), 99), [""; 0]);
    assert_eq!(lines("discount", None, 2).len(), 2);
    let all = Scope::default();
    let hit = &view.search_text("self.base", &all, 1).unwrap()[0];
    assert_eq!(hit.symbol.as_deref(), Some("Cart.total"));
    for wrong in ["(", "a{99999999}", "[z-a]"] {
        assert!(matches!(view.search_text(wrong, &all, 1), Err(IndexError::Pattern(_))), "{wrong}");
    }
    let wrong = Scope::parse(&bench.languages, Some("[z-"), None);
    assert!(matches!(wrong, Err(IndexError::Glob(_))), "{wrong:?}");
}

/// Files are read in the work tree only while they are the commit's.
#[test]
fn text_search_at_a_commit_does_not_see_the_work_tree() {
    let bench = Bench::new(&[
        ("edited.py", "one = 1\n"),
        ("gone.py", "one = 1\n"),
        ("same.py", "one = 1\n"),
        ("typed.py", "one = 1\n"),
    ]);
    let view = bench.view();
    let all = Scope::default();
    let found = |pattern: &str| -> Vec<String> {
        view.search_text(pattern, &all, 99).unwrap().into_iter().map(|h| h.path).collect()
    };
    let everywhere = ["edited.py", "gone.py", "same.py", "typed.py"];
    assert_eq!(found("one"), everywhere);
    // As long as before.
    bench.repo.write("edited.py", b"two = 1\n");
    let folder = bench.repo.path();
    std::fs::remove_file(folder.join("gone.py")).unwrap();
    std::fs::remove_file(folder.join("typed.py")).unwrap();
    std::fs::create_dir(folder.join("typed.py")).unwrap();
    assert_eq!(found("one"), everywhere);
    assert_eq!(found("two"), [""; 0]);
}

#[test]
fn meaning_is_searched_in_this_tree_only_and_survives_a_damaged_file() {
    let bench = Bench::new(&[
        ("a.py", "def send_invoice(customer):\n    mail(customer, invoice)\n"),
        ("b.py", "def rotate_image(pixels):\n    return pixels\n"),
        ("c.py", "def send_invoice_later(customer):\n    queue(customer, invoice)\n"),
    ]);
    let words = Words("words-1");
    assert_eq!(bench.update(Some(&words)).embedded, 3);
    assert_eq!(bench.update(Some(&words)).embedded, 0);
    let best = |embedder: &Words| -> Vec<String> {
        let hits = bench
            .view()
            .search_meaning(embedder, "invoice customer mail", &Scope::default(), 2)
            .unwrap();
        hits.iter().map(|h| h.path.clone()).collect()
    };
    assert_eq!(best(&words), ["a.py", "c.py"]);
    assert_eq!(best(&Words("never-used")), [""; 0]);

    let file = std::fs::read_dir(bench.store.path().parent().unwrap())
        .unwrap()
        .map(|e| e.unwrap().path())
        .find(|p| p.extension().is_some_and(|e| e == "usearch"))
        .unwrap();
    let whole = std::fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    for byte in &mut flipped[64..] {
        *byte ^= 0x55;
    }
    for damaged in [&flipped[..], &whole[..whole.len() / 2], b""] {
        std::fs::write(&file, damaged).unwrap();
        assert_eq!(best(&words), ["a.py", "c.py"]);
        assert_eq!(std::fs::read(&file).unwrap().len(), whole.len(), "it was made anew");
    }
    std::fs::remove_file(&file).unwrap();
    assert_eq!(best(&words), ["a.py", "c.py"]);

    // A removed file's vectors stay stored and are not found any more.
    bench.repo.git(&["rm", "-q", "a.py"]);
    bench.repo.write("d.py", "def pay_invoice(customer):\n    pass\n");
    bench.repo.commit("second");
    assert_eq!(bench.update(Some(&words)).embedded, 1);
    let now = best(&words);
    assert!(now.contains(&"d.py".to_owned()) && !now.contains(&"a.py".to_owned()), "{now:?}");
}

#[test]
fn embedding_begins_with_the_files_of_the_change_and_keeps_its_limit() {
    let bench = Bench::new(&[
        ("a.py", "def a():\n    pass\n"),
        ("x/near.py", "def near():\n    pass\n"),
        ("x/z.py", "def z():\n    pass\n"),
    ]);
    let words = Words("words-1");
    let snapshot = Arc::new(bench.git().snapshot("HEAD").unwrap());
    let index = Index::new(&bench.store, bench.languages.clone());
    let embed = || {
        let first = ["x/z.py".to_owned()];
        index.update(&snapshot, Some(&words), &first, 1, &mut |_, _| {}).unwrap().embedded
    };
    let found = || -> Vec<String> {
        let view = index.view(snapshot.clone()).unwrap();
        let mut paths: Vec<String> = view
            .search_meaning(&words, "def", &Scope::default(), 9)
            .unwrap()
            .into_iter()
            .map(|h| h.path)
            .collect();
        paths.sort();
        paths
    };
    assert_eq!(embed(), 1);
    assert_eq!(found(), ["x/z.py"]);
    assert_eq!(embed(), 1);
    assert_eq!(found(), ["x/near.py", "x/z.py"]);
}

#[test]
fn tools_answer_shortly_with_passages_to_quote() {
    let bench = Bench::new(SHOP);
    let view = Arc::new(bench.view());
    let tree = ListTree::new(view.clone());
    assert_eq!(
        bench.call(&tree, json!({"path": "shop/"})).text,
        "shop/__init__.py\nshop/api.py\nshop/cart.py"
    );
    assert!(bench.call(&tree, json!({"path": ""})).text.contains("shop/ (3 files)"));

    let read = ReadLines::new(view.clone());
    let output = bench.call(&read, json!({"path": "./shop/cart.py", "start": 9, "end": 900}));
    assert_eq!(
        output.text,
        "shop/cart.py lines 9-10 of 10\n9: def discount(cart):\n10:     return cart.total(2)"
    );
    assert_eq!(output.passages[0].source.to_string(), "shop/cart.py:9-10");
    assert_eq!(output.passages[0].text, "def discount(cart):\n    return cart.total(2)");
    let past = bench.call(&read, json!({"path": "shop/cart.py", "start": 500, "end": 501}));
    assert!(past.text.contains("lines 9-10 of 10"), "{}", past.text);
    let empty = bench.call(&read, json!({"path": "shop/__init__.py", "start": 1, "end": 2}));
    assert!(empty.text.contains("empty") && empty.passages.is_empty());

    let outline = bench.call(&Outline::new(view.clone()), json!({"path": "shop/cart.py"}));
    assert!(outline.text.contains("2-3 method Cart.total: def total(self, rate)"), "{outline:?}");

    let symbol = bench.call(&FindSymbol::new(view.clone()), json!({"name": "Cart.total"}));
    assert!(symbol.text.starts_with("shop/cart.py:2 method Cart.total"), "{symbol:?}");
    assert!(symbol.text.contains(symbol.passages[0].text.trim()), "a quote must be shown");
    let none = bench.call(&FindSymbol::new(view.clone()), json!({"name": "nowhere"}));
    assert!(none.text.contains("search_text"), "{none:?}");

    let uses = bench.call(&FindReferences::new(view.clone()), json!({"name": "discount"}));
    assert_eq!(uses.text.lines().count(), 2 * uses.passages.len(), "{}", uses.text);

    let search = SearchText::new(view.clone());
    let output = bench.call(&search, json!({"pattern": "discount\\(", "path": "shop"}));
    assert!(output.text.starts_with("shop/api.py:5 in pay\n    return discount(Cart())"));
    assert!(refusal(&search, json!({"pattern": "("})).contains("regular expression"));
    assert!(refusal(&search, json!({"pattern": ""})).contains("empty"));

    // Without an embedder it goes by words and names.
    let settings = Config::builtin().search;
    let search = Search::new(view.clone(), None, settings.clone(), Vec::new());
    let without = bench.call(&search, json!({"query": "discount of a cart's total"})).text;
    let words = Arc::new(Words("words-1"));
    bench.update(Some(&*words));
    let view = Arc::new(bench.view());
    let search = Search::new(view, Some(words), settings, Vec::new());
    let with = bench.call(&search, json!({"query": "discount of a cart's total"})).text;
    for text in [without, with] {
        let first = "shop/cart.py:9 function discount: def discount(cart):\n";
        assert!(text.starts_with(first), "{text}");
    }
    assert!(refusal(&search, json!({"query": " "})).contains("empty"));
}

#[test]
fn tools_read_nothing_outside_the_tree() {
    let bench = Bench::new(SHOP);
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/passwd", bench.repo.path().join("link")).unwrap();
    bench.repo.commit("link");
    bench.repo.write("untracked.py", "secret = 1\n");
    let view = Arc::new(bench.view());
    let read = ReadLines::new(view.clone());
    let history = LineHistory::new(view.clone(), bench.git(), Some("HEAD".into()));
    let outline = Outline::new(view.clone());
    for path in [
        "/etc/passwd",
        "../../etc/passwd",
        "shop/../../x",
        "link",
        "untracked.py",
        ".git/config",
        "C:\\x",
        "--output=x",
        "",
    ] {
        for tool in [&read as &dyn Tool, &history, &outline] {
            refusal(tool, json!({"path": path, "start": 1, "end": 2}));
        }
    }
    let message = refusal(&read, json!({"path": "src/shop/cart.py", "start": 1, "end": 2}));
    assert!(message.contains("shop/cart.py"), "{message}");
    let message = refusal(&ListTree::new(view), json!({"path": "../shop"}));
    assert!(message.contains("shop"), "{message}");
}

#[test]
fn tools_show_no_control_characters() {
    let hostile = "def f():\n    g('\u{1b}[31m\u{202e}gnp\u{200b}')\n";
    let bench = Bench::new(&[("a.py", hostile)]);
    let view = Arc::new(bench.view());
    let outputs = [
        bench.call(&ReadLines::new(view.clone()), json!({"path": "a.py", "start": 1, "end": 2})),
        bench.call(&SearchText::new(view.clone()), json!({"pattern": "gnp"})),
        bench.call(&FindReferences::new(view), json!({"name": "g"})),
    ];
    for output in outputs {
        assert!(output.text.contains("gnp") && !output.passages.is_empty());
        let whole = output.text + &output.passages[0].text;
        assert!(!whole.contains(['\u{1b}', '\u{202e}', '\u{200b}']), "{whole:?}");
    }
}

#[test]
fn line_history_ends_at_the_reviewed_commit() {
    let bench = Bench::new(&[("a.py", "x = 1\ny = 2\n")]);
    bench.repo.write("a.py", "x = 1\ny = 3\n");
    let second = bench.repo.commit("raise y");
    bench.repo.write("a.py", "x = 1\ny = 4\n");
    bench.repo.commit("a later one");
    bench.repo.git(&["checkout", "-q", &second]);
    let view = Arc::new(bench.view());
    let tool = LineHistory::new(view.clone(), bench.git(), Some(second.clone()));
    let output = bench.call(&tool, json!({"path": "a.py", "start": 2, "end": 2}));
    assert!(output.text.contains("raise y") && output.text.contains("first"), "{}", output.text);
    assert!(!output.text.contains("later"), "{}", output.text);
    assert_eq!(output.passages[0].source.to_string(), format!("commit {}", &second[..10]));
    refusal(&tool, json!({"path": "a.py", "start": 50, "end": 60}));
    refusal(
        &LineHistory::new(view, bench.git(), None),
        json!({"path": "a.py", "start": 1, "end": 1}),
    );
}
