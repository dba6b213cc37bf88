//! Importers and the mining of a history, driven as a person does.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::common::git_in;

/// A user with clones of repositories, outside of any repository.
struct User {
    home: tempfile::TempDir,
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl User {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn run(&self, args: &[&str]) -> Ran {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_forewarn"))
            .current_dir(self.home.path())
            .env("FOREWARN_CONFIG_DIR", self.path("config"))
            .env("FOREWARN_DATA_DIR", self.path("data"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .args(args)
            .output()
            .unwrap();
        Ran {
            code: output.status.code().expect("not killed"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs what must succeed.
    fn good(&self, args: &[&str]) -> Ran {
        let ran = self.run(args);
        assert_eq!(ran.code, 0, "{args:?}: {}{}", ran.out, ran.err);
        ran
    }

    /// Runs what must fail with these words.
    fn bad(&self, args: &[&str], words: &[&str]) {
        let ran = self.run(args);
        assert_eq!(ran.code, 2, "{args:?}: {}{}", ran.out, ran.err);
        for part in words {
            assert!(ran.err.contains(part), "{part} not in {}", ran.err);
        }
    }

    fn case(&self, dataset: &str, id: &str) -> toml::Table {
        let file = self.path(dataset).join("cases").join(format!("{id}.toml"));
        std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("{file:?}")).parse().unwrap()
    }

    fn cases(&self, dataset: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(dataset).join("cases")).unwrap();
        let mut ids: Vec<String> = entries
            .map(|e| e.unwrap().file_name().to_string_lossy().trim_end_matches(".toml").to_owned())
            .collect();
        ids.sort();
        ids
    }
}

/// A clone in the user's folder of clones.
struct Clone(PathBuf);

impl Clone {
    fn new(user: &User, name: &str) -> Self {
        let clone = Self(user.path("clones").join(name));
        std::fs::create_dir_all(&clone.0).unwrap();
        clone.git(&["init", "-q", "-b", "main"], "2020-01-01");
        clone
    }

    fn git(&self, args: &[&str], day: &str) -> String {
        let time = format!("{day}T12:00:00Z");
        let output = git_in(&self.0, args)
            .env("GIT_AUTHOR_DATE", &time)
            .env("GIT_COMMITTER_DATE", &time)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn commit(&self, day: &str, message: &str, files: &[(&str, &str)]) -> String {
        for (path, text) in files {
            let path = self.0.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        self.git(&["add", "-A"], day);
        self.git(&["commit", "-q", "-m", message], day);
        self.git(&["rev-parse", "HEAD"], day)
    }
}

const ZONES: &str = "def zone(order, zones):\n    key = order[\"zone\"]\n    return zones[key]\n";
const FIXED_ZONES: &str = "def zone(order, zones):\n    key = order[\"zone\"]\n    \
                           if key not in zones:\n        return None\n    return zones[key]\n";

/// A shop: its commits by name.
struct Shop {
    root: String,
    discount: String,
    fix: String,
    zones: String,
    shipping: String,
}

fn shop(clone: &Clone) -> Shop {
    let root = clone.commit(
        "2020-01-01",
        "Begin",
        &[("shop/order.py", "class Order:\n    pass\n"), ("shop/zone.py", ZONES)],
    );
    let discount = clone.commit(
        "2020-02-01",
        "Add a discount",
        &[(
            "shop/discount.py",
            "def discount(order):\n    rate = order.rate\n    return rate * 2\n",
        )],
    );
    let shipping = clone.commit(
        "2020-03-01",
        "Add shipping",
        &[(
            "shop/shipping.py",
            "def shipping(order):\n    weight = sum(i.weight for i in order.items)\n    \
             if weight > 20:\n        return 12\n    base = 4\n    return base + weight\n",
        )],
    );
    let fix = clone.commit(
        "2021-01-01",
        "Fix crash of orders without a rate\n\nThe rate is None then.\n\nSigned-off-by: Ada",
        &[
            (
                "shop/discount.py",
                "def discount(order):\n    rate = order.rate or 0\n    return rate * 2\n",
            ),
            ("tests/test_discount.py", "def test_discount():\n    assert True\n"),
        ],
    );
    let zones = clone.commit(
        "2021-02-01",
        "Fix KeyError of unknown zones",
        &[("shop/zone.py", FIXED_ZONES), ("tests/test_zone.py", "def test_zone():\n    pass\n")],
    );
    clone.commit("2021-03-01", "Fix typo in the notes", &[("NOTES.md", "Notes\n")]);
    clone.commit("2022-06-01", "Say more", &[("NOTES.md", "More notes\n")]);
    Shop { root, discount, fix, zones, shipping }
}

/// What `git` prints in the store that was made for the case whose base and head differ
/// in a file.
fn in_store(user: &User, args: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(user.path("data/eval/cases")).unwrap() {
        let store = entry.unwrap().path().join("store");
        if store.join("refs/heads/base").is_file() {
            let output = git_in(&store, args).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            found.push(String::from_utf8(output.stdout).unwrap());
        }
    }
    found
}

fn record(id: &str, kind: &str, base: Option<&str>, head: &str, bugs: Value) -> Value {
    json!({
        "id": id, "repo": "acme/shop", "language": "python", "kind": kind,
        "label": if bugs.as_array().unwrap().is_empty() { "safe" } else { "bug" },
        "base_commit": base, "head_commit": head, "fix_commit": null, "date": "2021-02-01",
        "subject": null, "files_changed": ["shop/zone.py"], "bugs": bugs, "source": "read by hand",
    })
}

fn zone_bug() -> Value {
    let place = |start: u32, end: u32| json!({"file": "shop/zone.py", "line_start": start, "line_end": end});
    json!([{
        "description": "An unknown zone is no key of the table.", "error_type": "KeyError",
        "category": "crash", "severity": null, "locations": [place(3, 3)],
    }])
}

fn lines(records: &[Value]) -> String {
    records.iter().map(|r| format!("{r}\n")).collect()
}

#[test]
fn a_catalogue_becomes_a_dataset_that_runs() {
    let user = User::new();
    let clone = Clone::new(&user, "acme+shop/repo");
    let shop = shop(&clone);
    let before = clone.git(&["rev-parse", &format!("{}^", shop.zones)], "2022-01-01");
    let mut reversed = record("zone", "reversed", None, &before, zone_bug());
    reversed["fix_commit"] = json!(shop.zones);
    let safe = record("shipping", "safe", Some(&shop.discount), &shop.shipping, json!([]));
    let gone = record("gone", "safe", Some(&"0".repeat(40)), &shop.shipping, json!([]));
    let mut far = record("far", "inducing", Some(&shop.root), &shop.discount, zone_bug());
    far["bugs"][0]["locations"][0]["line_end"] = json!(99);
    user.write("cases.jsonl", &lines(&[reversed, safe, gone, far]));
    let args = ["eval", "import", "catalogue", "cases.jsonl", "--mirror", "clones", "-o", "real"];
    let ran = user.good(&args);
    assert!(ran.out.contains("2 cases, 1 with bugs, 1 safe"), "{}", ran.out);
    assert!(ran.out.contains("gone: ") && ran.out.contains("has no commit 0000"), "{}", ran.out);
    assert!(ran.out.contains("far: the head has no shop/zone.py:3-99"), "{}", ran.out);
    assert_eq!(user.cases("real"), ["shipping", "zone"]);
    let case = user.case("real", "zone");
    assert_eq!(case["title"].as_str(), Some("Update zone.py"));
    let tags: Vec<_> = case["tags"].as_array().unwrap().iter().map(|t| t.as_str()).collect();
    assert_eq!(tags, [Some("reversed"), Some("read-by-hand")]);
    assert_eq!(case["bug"][0]["severity"].as_str(), Some("high"));
    // The base has the fix, but not its tests, and no commit of its past tells of it.
    assert_eq!(in_store(&user, &["show", "base:shop/zone.py"]), [FIXED_ZONES]);
    assert_eq!(in_store(&user, &["show", "head:shop/zone.py"]), [ZONES]);
    assert_eq!(in_store(&user, &["diff", "--name-only", "base", "head"]), ["shop/zone.py\n"]);
    let words = in_store(&user, &["log", "--format=%s", "head"]);
    assert_eq!(words, ["Update zone.py\nBefore the change\nAdd shipping\nAdd a discount\nBegin\n"]);
    user.good(&["eval", "check", "real"]);
    user.good(&["eval", "run", "real", "-o", "run", "--by-lines", "--clones", "clones"]);
    // What exists is never written over.
    user.bad(&args, &["real is not empty", "name a new folder with `-o DIR`"]);
}

#[test]
fn a_catalogue_that_is_none_names_file_and_record() {
    let user = User::new();
    let good = record("a", "safe", Some(&"1".repeat(40)), &"2".repeat(40), json!([]));
    let mut n = 0;
    let mut fault = |change: &dyn Fn(&mut Value), words: &[&str]| {
        let mut other = good.clone();
        other["id"] = json!("b");
        change(&mut other);
        user.write("cases.jsonl", &lines(&[good.clone(), other]));
        n += 1;
        let output = format!("out{n}");
        user.bad(&["eval", "import", "catalogue", "cases.jsonl", "-o", &output], words);
        assert!(!user.path(&output).exists());
    };
    fault(
        &|r| r["kind"] = json!("reversed"),
        &["cases.jsonl: line 2 (b)", "`fix_commit` is missing"],
    );
    fault(&|r| drop(r.as_object_mut().unwrap().remove("repo")), &["line 2: missing field `repo`"]);
    fault(&|r| r["label"] = json!("maybe"), &["line 2: unknown variant `maybe`"]);
    let magic = |r: &mut Value| {
        r["label"] = json!("bug");
        r["bugs"] = zone_bug();
        r["bugs"][0]["category"] = json!("magic");
    };
    fault(&magic, &["line 2 (b): the category `magic` is not known", "docs/evaluation.md"]);
    // Sound records whose repository is not here are no dataset.
    user.write("cases.jsonl", &lines(std::slice::from_ref(&good)));
    user.bad(
        &["eval", "import", "catalogue", "cases.jsonl", "-o", "out"],
        &["nothing can be imported", "a: the repository", "is not on this machine", "--clones"],
    );
    user.bad(
        &["eval", "import", "catalogue", "none.jsonl", "-o", "none"],
        &["could not read", "none.jsonl"],
    );
}

#[test]
fn a_history_gives_inducing_reversed_and_safe_cases() {
    let user = User::new();
    let clone = Clone::new(&user, "shop");
    let shop = shop(&clone);
    let args = ["eval", "mine", "clones/shop", "-o", "mined", "--all"];
    let ran = user.good(&args);
    let id = |kind: &str, commit: &str| format!("{kind}-{}", &commit[..12]);
    let (inducing, reversed) = (id("inducing", &shop.discount), id("fix", &shop.zones));
    let safe = id("safe", &shop.shipping);
    let mut expected = vec![inducing.clone(), reversed.clone(), safe.clone()];
    expected.sort();
    assert_eq!(user.cases("mined"), expected, "{}", ran.out);
    let place = |case: &toml::Table| {
        let place = case["bug"][0]["locations"][0].as_table().unwrap().clone();
        let line = |key: &str| place[key].as_integer().unwrap();
        (place["file"].as_str().unwrap().to_owned(), line("start"), line("end"))
    };
    let case = user.case("mined", &inducing);
    assert_eq!(place(&case), ("shop/discount.py".to_owned(), 2, 2));
    assert_eq!(case["change"]["base"].as_str(), Some(shop.root.as_str()));
    let why = case["why"].as_str().unwrap();
    assert!(why.contains("1 of the 1 lines that it replaced are from this change"), "{why}");
    let words = case["bug"][0]["description"].as_str().unwrap();
    assert!(words.contains("Fix crash of orders without a rate") && words.contains("None"));
    assert!(!words.contains("Signed-off-by"));
    assert!(case["why"].as_str().unwrap().contains(&shop.fix[..12]));
    // The fix of the zones only added lines: the bug is where they were missing.
    let case = user.case("mined", &reversed);
    assert_eq!(place(&case), ("shop/zone.py".to_owned(), 3, 3));
    let files = case["change"]["files"].as_array().unwrap();
    assert_eq!(files, &[toml::Value::from("shop/zone.py")]);
    let case = user.case("mined", &safe);
    assert!(case["why"].as_str().unwrap().starts_with("6 of its 6 added lines"));
    user.good(&["eval", "check", "mined"]);
    user.good(&["eval", "run", "mined", "-o", "run", "--by-lines"]);
    // The same again gives the same.
    user.good(&["eval", "mine", "clones/shop", "-o", "again"]);
    assert_eq!(user.cases("again"), user.cases("mined"));
    for id in user.cases("again") {
        assert_eq!(user.case("again", &id), user.case("mined", &id));
    }
    user.good(&["eval", "mine", "clones/shop", "-o", "late", "--since", "2021-01-15"]);
    assert_eq!(user.cases("late"), [reversed]);
    user.good(&["eval", "mine", "clones/shop", "-o", "few", "--max-bugs", "0"]);
    assert_eq!(user.cases("few"), [safe]);
}

#[test]
fn what_cannot_be_mined_is_told() {
    let user = User::new();
    let clone = Clone::new(&user, "shop");
    clone.commit("2020-01-01", "Begin", &[("a.py", "x = 1\n")]);
    let bad = |args: &[&str], words: &[&str]| {
        user.bad(&[&["eval", "mine", "-o", "mined"], args].concat(), words);
    };
    bad(&["clones/none"], &["could not read"]);
    bad(&["clones/shop", "--tip", "gone"], &["has no commit `gone`", "`--tip`"]);
    bad(
        &["clones/shop", "--since", "yesterday"],
        &["`--since yesterday` is no date", "2025-04-05"],
    );
    user.write("snapshot.db", "SQLite format 3\0rest");
    bad(&["clones/shop", "--sentry", "snapshot.db"], &["is a snapshot", "give the export"]);
    bad(&["clones/shop"], &["nothing can be imported from", "it holds no record"]);
    assert!(!Path::new(&user.path("mined/cases")).join("a.toml").exists());
}

#[test]
fn bugs_in_py_become_fixes_taken_back() {
    let user = User::new();
    let clone = Clone::new(&user, "acme+shop");
    let shop = shop(&clone);
    let patch = clone.git(&["show", "--format=", &shop.zones], "2022-01-01") + "\n";
    let before = clone.git(&["rev-parse", &format!("{}^", shop.zones)], "2022-01-01");
    user.write("bip/projects/shop/project.info", "github_url=\"https://example.org/acme/shop\"\n");
    let info = format!("buggy_commit_id=\"{before}\"\nfixed_commit_id=\"{}\"\n", shop.zones);
    user.write("bip/projects/shop/bugs/1/bug.info", &info);
    user.write("bip/projects/shop/bugs/1/bug_patch.txt", &patch);
    user.write("bip/projects/shop/bugs/2/bug.info", &info);
    user.write("bip/projects/shop/bugs/3/bug.info", "python_version=\"3\"\n");
    user.write("bip/projects/shop/bugs/3/bug_patch.txt", &patch);
    let args = ["eval", "import", "bugsinpy", "bip", "--clones", "clones", "-o", "py"];
    let ran = user.good(&args);
    assert!(ran.out.contains("shop-2: it has no bug_patch.txt"), "{}", ran.out);
    assert!(ran.out.contains("shop-3: bug.info lacks `buggy_commit_id`"), "{}", ran.out);
    assert_eq!(user.cases("py"), ["shop-1"]);
    let case = user.case("py", "shop-1");
    assert_eq!(case["change"]["files"].as_array().unwrap().len(), 1, "tests are not among them");
    assert_eq!(case["bug"][0]["locations"][0]["start"].as_integer(), Some(3));
    user.good(&["eval", "check", "py"]);
    user.write("bip/projects/shop/project.info", "status=\"OK\"\n");
    user.bad(
        &["eval", "import", "bugsinpy", "bip", "-o", "none"],
        &["project.info: shop: `github_url` is missing"],
    );
    user.bad(&["eval", "import", "bugsinpy", "clones", "-o", "none"], &["could not read"]);
}

#[test]
fn bugs_of_defects4j_become_patches() {
    let user = User::new();
    let clone = Clone::new(&user, "apache+commons-csv");
    let file = "src/main/java/Csv.java";
    let bug = "class Csv {\n    int size(String s) {\n        return s.length();\n    }\n}\n";
    let fixed = bug.replace("s.length()", "s == null ? 0 : s.length()");
    let before = clone.commit("2020-01-01", "Begin", &[(file, bug)]);
    let after = clone.commit("2020-01-02", "Sizes of null", &[(file, fixed.as_str())]);
    let back = clone.git(&["diff", &after, &before], "2020-01-03") + "\n";
    let table = format!(
        "bug.id,revision.id.buggy,revision.id.fixed,report.id,report.url\n\
         1,{before},{after},CSV-1,none\n2,{before},{after},CSV-2,none\n"
    );
    user.write("d4j/framework/projects/Csv/active-bugs.csv", &table);
    user.write("d4j/framework/projects/Csv/patches/1.src.patch", &back);
    user.write("d4j/framework/projects/Chart/active-bugs.csv", &table);
    let args = ["eval", "import", "defects4j", "d4j", "--clones", "clones", "-o", "java"];
    let ran = user.good(&args);
    assert!(ran.out.contains("csv-2: it has no 2.src.patch"), "{}", ran.out);
    assert!(ran.out.contains("Chart: its repository is not known"), "{}", ran.out);
    assert_eq!(user.cases("java"), ["csv-1"]);
    let case = user.case("java", "csv-1");
    assert_eq!(case["bug"][0]["locations"][0]["start"].as_integer(), Some(3));
    assert!(case["bug"][0]["description"].as_str().unwrap().contains("CSV-1"));
    user.good(&["eval", "run", "java", "-o", "run", "--by-lines", "--clones", "clones"]);
    user.write("d4j/framework/projects/Csv/active-bugs.csv", "number,commit\n1,2\n");
    user.bad(
        &["eval", "import", "defects4j", "d4j", "-o", "none"],
        &["active-bugs.csv: line 1: there is no column `bugid`"],
    );
}

#[test]
fn golden_comments_become_bugs_without_lines_of_changes_that_the_clone_has() {
    let user = User::new();
    let clone = Clone::new(&user, "acme+shop");
    let shop = shop(&clone);
    let squashed =
        clone.commit("2021-01-01", "Charge tax (#12)", &[("shop/tax.py", "TAX = 0.2\n")]);
    // A later commit names the request in its body only.
    clone.commit("2021-01-02", "Tidy\n\nAfter tax (#12)", &[("shop/tax.py", "TAX = 0.20\n")]);
    clone.git(&["switch", "-q", "-c", "topic"], "2021-01-03");
    let topic =
        clone.commit("2021-01-03", "Count", &[("shop/count.py", "def count(a):\n    pass\n")]);
    clone.git(&["switch", "-q", "main"], "2021-01-04");
    let main = clone.commit("2021-01-04", "Meanwhile", &[("other.py", "x = 1\n")]);
    let merge = ["merge", "-q", "--no-ff", "-m", "Merge pull request #13 from acme/topic", "topic"];
    clone.git(&merge, "2021-01-05");
    let merge_base = clone.git(&["merge-base", &main, &topic], "2021-01-05");
    let request = |url: &str, original: Option<&str>| {
        json!({"pr_title": "Title", "url": url, "original_url": original,
               "comments": [{"comment": "The rate ignores the country.", "severity": "High"}]})
    };
    let url = |what: &str| format!("https://example.org/acme/shop/{what}");
    let commit = url(&format!("commit/{}", shop.shipping));
    let golden = json!([
        request(&url("pull/12"), None),
        request(&url("pull/13"), None),
        request("https://example.org/copies/shop-copy/pull/1", Some(&commit)),
        request(&url("pull/99"), None),
        request("https://example.org/acme/absent/pull/1", None),
    ]);
    user.write("golden/shop.json", &golden.to_string());
    let args = ["eval", "import", "martian", "golden", "--mirror", "clones", "-o", "golden-set"];
    let ran = user.good(&[&args[..], &["--all"]].concat());
    assert!(ran.out.contains("3 cases, 3 with bugs, 0 safe"), "{}", ran.out);
    for part in [
        "pull/99: the clone has no commit that says it is pull request 99",
        "https://example.org/acme/absent/pull/1: the repository https://example.org/acme/absent is \
         not on this machine",
    ] {
        assert!(ran.out.contains(part), "{part} not in {}", ran.out);
    }
    let change = |id: &str| user.case("golden-set", id)["change"].clone();
    assert_eq!(change("acme-shop-12")["head"].as_str(), Some(squashed.as_str()));
    let merged = change("acme-shop-13");
    assert_eq!(merged["head"].as_str(), Some(topic.as_str()));
    assert_eq!(merged["base"].as_str(), Some(merge_base.as_str()));
    let by_commit = format!("acme-shop-{}", &shop.shipping[..10]);
    assert_eq!(change(&by_commit)["head"].as_str(), Some(shop.shipping.as_str()));
    let case = user.case("golden-set", "acme-shop-12");
    assert_eq!(case["bug"][0]["files"].as_array().map(Vec::len), Some(0));
    assert_eq!(case["bug"][0]["severity"].as_str(), Some("high"));
    assert_eq!(case["language"].as_str(), Some("python"));
    let check = user.good(&["eval", "check", "golden-set"]);
    assert!(check.out.contains("bugs without lines, which words alone decide: 3"), "{}", check.out);
    let more = ["-o", "run", "--by-lines", "--clones", "clones"];
    let ran = user.good(&[&["eval", "run", "golden-set"][..], &more].concat());
    assert!(ran.out.contains("expected bugs without lines: 3; lines alone"), "{}", ran.out);
    user.write("golden/shop.json", &golden.to_string().replace("High", "Huge"));
    user.bad(
        &["eval", "import", "martian", "golden", "-o", "none"],
        &["shop.json: record 1 (https://example.org/acme/shop/pull/12)", "`Huge`"],
    );
}

#[test]
fn aacr_gives_bugs_and_remarks_that_are_known_to_be_wrong() {
    let user = User::new();
    let clone = Clone::new(&user, "acme+shop");
    let shop = shop(&clone);
    let comment = |line: u32, side: &str, note: &str| {
        json!({"note": note, "path": "shop/shipping.py", "side": side, "from_line": line,
               "to_line": line, "category": "Code Defect"})
    };
    let request = |number: u32, comments: Value| {
        json!({"project_main_language": "Python", "source_commit": shop.shipping,
               "target_commit": shop.discount, "comments": comments,
               "githubPrUrl": format!("https://example.org/acme/shop/pull/{number}")})
    };
    let bug = comment(3, "right", "Weights of exactly 20 are charged as small ones.");
    let left = comment(1, "left", "The old name was better.");
    let wrong = comment(2, "right", "`items` may be None here.");
    let beyond = comment(900, "right", "Nobody wrote this line.");
    let kept = json!([request(7, json!([bug, left, beyond]))]);
    let turned_down = json!([request(7, json!([wrong])), request(8, json!([wrong]))]);
    user.write("aacr/positive_samples.json", &kept.to_string());
    user.write("aacr/negative_samples.json", &turned_down.to_string());
    let args = ["eval", "import", "aacr", "aacr", "--clones", "clones", "-o", "reviewed"];
    let ran = user.good(&args);
    assert!(ran.out.contains("2 cases, 1 with bugs, 1 safe"), "{}", ran.out);
    assert!(ran.out.contains("not on lines of the head: The old name"), "{}", ran.out);
    assert!(ran.out.contains("the head has no shop/shipping.py:900-900: Nobody"), "{}", ran.out);
    let case = user.case("reviewed", "acme-shop-7");
    assert_eq!(case["bug"][0]["locations"][0]["start"].as_integer(), Some(3));
    assert_eq!(case["reject"][0]["locations"][0]["start"].as_integer(), Some(2));
    assert_eq!(user.case("reviewed", "acme-shop-8")["label"].as_str(), Some("safe"));
    user.good(&["eval", "check", "reviewed"]);
    let more = ["-o", "run", "--by-lines", "--clones", "clones"];
    let ran = user.good(&[&["eval", "run", "reviewed"][..], &more].concat());
    let known = "0 false findings mean one of 2 remarks that are known to be wrong";
    assert!(ran.out.contains(known), "{}", ran.out);
    let mut other = kept.clone();
    other[0]["comments"][0]["category"] = json!("Magic");
    user.write("aacr/positive_samples.json", &other.to_string());
    user.bad(
        &["eval", "import", "aacr", "aacr", "-o", "none"],
        &["positive_samples.json: record 1 (https://example.org/acme/shop/pull/7)", "`Magic`"],
    );
    user.write("aacr/positive_samples.json", "[{}]");
    user.bad(&["eval", "import", "aacr", "aacr", "-o", "none"], &["record 1: missing field"]);
}
