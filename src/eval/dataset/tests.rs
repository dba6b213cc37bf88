//! Datasets with and without faults.

use super::*;

fn names() -> Names {
    Names { kinds: ["wrong_type".to_owned()].into(), languages: ["python".to_owned()].into() }
}

const GOOD: &str = r#"
title = "T"
language = "python"
label = "bug"
why = "W"
date = "2026-03-01T12:00:00Z"
[change]
base = "base"
head = "head"
[[bug]]
kind = "wrong_type"
category = "crash"
severity = "high"
description = "D"
locations = [{ file = "a.py", start = 1, end = 2 }]
"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write(
            "dataset.toml",
            "name = \"d\"\ntitle = \"T\"\ndescription = \"D\"\nlicense = \"MIT\"\nversion = 1\n",
        );
        folder
    }

    fn write(&self, path: &str, text: &str) {
        let file = self.0.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    fn case(&self, id: &str, toml: &str) {
        self.write(&format!("cases/{id}/case.toml"), toml);
        self.write(&format!("cases/{id}/base/a.py"), "x = 1\n");
        self.write(&format!("cases/{id}/head/a.py"), "x = 1\ny = 2");
    }

    fn load(&self) -> Result<Dataset, DatasetError> {
        load(self.0.path(), &names())
    }

    fn faults(&self) -> Vec<String> {
        match self.load() {
            Err(DatasetError::Faulty { faults, .. }) => {
                faults.iter().map(Fault::to_string).collect()
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_sound_dataset_loads_and_its_hashes_follow_the_content() {
    let folder = Folder::new();
    folder.case("one", GOOD);
    let first = folder.load().unwrap();
    assert_eq!((first.name.as_str(), first.cases.len()), ("d", 1));
    assert_eq!(first.cases[0].message, "T");
    // What is only expected alters the dataset, not what a review sees.
    folder.case("one", &GOOD.replace("\"D\"", "\"Other\""));
    let second = folder.load().unwrap();
    assert_eq!(second.cases[0].hash, first.cases[0].hash);
    assert_ne!(second.hash, first.hash);
    folder.write("cases/one/head/b.py", "z = 3\n");
    assert_ne!(folder.load().unwrap().cases[0].hash, first.cases[0].hash);
}

#[test]
fn all_faults_are_told_at_once_with_file_and_field() {
    let folder = Folder::new();
    folder.case("one", &GOOD.replace("end = 2", "end = 9").replace("crash", "boom"));
    folder.case("two", &GOOD.replace("title", "tittle").replace("wrong_type", "wrong_tipe"));
    folder.write("cases/three.toml", "title = ");
    folder.write("cases/Four/case.toml", GOOD);
    folder.write("cases/notes.txt", "");
    let faults = folder.faults();
    for (file, part) in [
        ("cases/one/case.toml: bug[1].locations", "a.py has 2 lines at the head, not 9"),
        ("cases/one/case.toml: bug[1].category", "cannot be \"boom\""),
        ("cases/two/case.toml: title", "is missing"),
        ("cases/two/case.toml: tittle", "no such field"),
        ("cases/two/case.toml: bug[1].kind", "`wrong_tipe` is not known; one of wrong_type"),
        ("cases/three.toml:1", "not valid TOML"),
        ("cases/Four", "no id"),
        ("cases/notes.txt", "is no case"),
    ] {
        let found = faults.iter().any(|f| f.starts_with(file) && f.contains(part));
        assert!(found, "{file}: {part} not in {faults:#?}");
    }
    assert_eq!(faults.len(), 8, "{faults:#?}");
}

#[test]
fn labels_halves_twins_and_forms_must_fit() {
    let safe = GOOD.split("[[bug]]").next().unwrap().replace("\"bug\"", "\"safe\"");
    let fault = |change: &dyn Fn(&Folder)| {
        let folder = Folder::new();
        folder.case("one", GOOD);
        change(&folder);
        folder.faults().join("\n")
    };
    let with = |from: &'static str, to: &'static str| {
        move |folder: &Folder| folder.case("one", &GOOD.replace(from, to))
    };
    assert!(fault(&with("label = \"bug\"", "label = \"safe\"")).contains("a safe case has none"));
    assert!(fault(&|f| f.case("one", &safe.replace("safe", "bug"))).contains("at least one"));
    assert!(fault(&with("why", "twin = \"gone\"\nwhy")).contains("no other case `gone`"));
    let twin = |f: &Folder| {
        f.case("two", GOOD);
        f.case("one", &GOOD.replace("why", "twin = \"two\"\nwhy"));
    };
    assert!(fault(&twin).contains("`two` has the same label"));
    let halved = |f: &Folder| {
        f.case("two", &safe);
        f.case("one", &GOOD.replace("why", "half = \"tuning\"\nwhy"));
    };
    assert!(fault(&halved).contains("give every case a half, or none"));
    assert!(fault(&with("2026-03-01T12:00:00Z", "yesterday")).contains("no such time"));
    assert!(fault(&with("\"base\"\n", "\"../base\"\n")).contains("leaves the case"));
    assert!(
        fault(&with("head = \"head\"", "head = \"head\"\nremoved = [\"b.py\"]"))
            .contains("the base has no file `b.py`")
    );
    let commits = "repository = \"r\"\nbase = \"abc\"\nhead = \"HEAD\"";
    let git = |f: &Folder| {
        f.case("one", &GOOD.replace("base = \"base\"\nhead = \"head\"", commits));
    };
    let faults = fault(&git);
    assert!(faults.contains("change.base: `abc`") && faults.contains("change.head: `HEAD`"));
    let sentry = |f: &Folder| {
        f.case("one", &GOOD.replace("[[bug]]", "[sentry]\nexport = \"/etc\"\n[[bug]]"));
    };
    assert!(fault(&sentry).contains("lies outside the dataset"));
    assert!(fault(&|f| f.write("dataset.toml", "version = 2")).contains("reads version 1"));
    assert!(fault(&|f| f.write("cases/one/base/.git/config", "")).contains("git keeps for itself"));
}

#[test]
fn lines_may_be_unknown_but_not_forgotten() {
    let places = "locations = [{ file = \"a.py\", start = 1, end = 2 }]";
    let with = |lines: &str| {
        let folder = Folder::new();
        folder.case("one", &GOOD.replace(places, lines));
        folder
    };
    let bug = |lines| with(lines).load().unwrap().cases[0].facts.bugs[0].clone();
    assert_eq!(bug("files = []").files, Some(Vec::new()));
    assert!(!bug("files = [\"a.py\"]").has_lines() && bug(places).has_lines());
    for (lines, part) in [
        ("", "bug[1].locations: is missing"),
        ("files = [\"b.py\"]", "bug[1].files: the head has no file `b.py`"),
        ("files = [\"../a.py\"]", "bug[1].files: `../a.py` is no path"),
        (format!("files = []\n{places}").as_str(), "bug[1].files: stands beside `locations`"),
    ] {
        let faults = with(lines).faults();
        assert!(faults.iter().any(|f| f.contains(part)), "{lines}: {faults:?}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_refused() {
    let folder = Folder::new();
    folder.case("one", GOOD);
    let link = folder.0.path().join("cases/one/head/passwd");
    std::os::unix::fs::symlink("/etc/passwd", link).unwrap();
    assert!(folder.faults()[0].contains("`head/passwd` is a link or no plain file"));
}

#[test]
fn a_folder_without_cases_is_no_dataset() {
    let folder = tempfile::tempdir().unwrap();
    let error = load(folder.path(), &names()).unwrap_err();
    assert!(matches!(error, DatasetError::NotADataset(_)));
}
