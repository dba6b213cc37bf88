//! Search of documentation: fake installations of every ecosystem, versions, hostile
//! packages, imports, the agents' tool.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use forewarn::agent::Tool;
use forewarn::agent::tools::DocsSearch;
use forewarn::asset::Assets;
use forewarn::change::Repo;
use forewarn::config::{self, Config};
use forewarn::docs::{self, Answer, Docs, DocsError, Machine, Reviewed};
use forewarn::lang::Languages;
use rstest::rstest;
use serde_json::json;

use crate::common::TestRepo;

/// A repository, a home folder, and the limits of the settings.
pub struct Scene {
    pub repo: TestRepo,
    pub home: tempfile::TempDir,
    pub limits: config::Docs,
    pub variables: BTreeMap<String, PathBuf>,
}

impl Scene {
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        // Places of the system are absolute, so its own packages are seen; the fakes
        // have names that none of them has.
        Self {
            repo: TestRepo::new(),
            home,
            limits: Config::builtin().docs,
            variables: BTreeMap::new(),
        }
    }

    pub fn home(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        put(self.home.path(), path, content)
    }

    pub fn machine(&self) -> Machine {
        Machine {
            database: self.home.path().join("data/docs.db"),
            home: Some(self.home.path().to_owned()),
            variables: self.variables.clone(),
            worktree: Some(self.repo.path().to_owned()),
            now: 1_800_000_000,
        }
    }

    /// As seen from the last commit, with these files changed.
    pub fn docs(&self, changed: &[&str]) -> Docs {
        self.repo.commit("state");
        let assets = Assets::builtin();
        let repo = Repo::discover(self.repo.path()).unwrap();
        let reviewed = Reviewed {
            snapshot: Arc::new(repo.snapshot("HEAD").unwrap()),
            changed: changed.iter().map(|c| (*c).to_owned()).collect(),
            folder: String::new(),
        };
        let languages = Arc::new(Languages::load(&assets).unwrap());
        Docs::open(self.machine(), &assets, languages, self.limits.clone(), Some(reviewed)).unwrap()
    }

    pub fn search(&self, question: &str, package: &str) -> Answer {
        self.docs(&[]).search(question, Some(package), 5).unwrap()
    }

    pub fn state(&self) -> String {
        docs::state(&self.machine(), &Assets::builtin(), &self.limits, &[]).unwrap()
    }

    pub fn add(&self, path: &Path) -> Result<(docs::Collection, bool, Vec<String>), DocsError> {
        docs::add(&self.machine(), &Assets::builtin(), path, None, None)
    }

    /// A site of Python with one distribution.
    pub fn python(&self, site: &Path, name: &str, version: &str, module: &str) {
        let info = format!("{name}-{version}.dist-info");
        put(site, &format!("{name}/api.py"), module);
        put(site, &format!("{info}/METADATA"), format!("Name: {name}\n\n# {name}\nAbout it.\n"));
        put(
            site,
            &format!("{info}/RECORD"),
            format!("{name}/api.py,sha256=x,1\n{info}/RECORD,,\n"),
        );
    }
}

pub fn put(root: &Path, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let file = root.join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, content).unwrap();
    file
}

pub fn jar(path: &Path, files: &[(&str, &[u8])]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, content) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap();
}

/// The first hit, as `package version place: title`.
pub fn first(answer: &Answer) -> String {
    let hit = answer.hits.first().unwrap_or_else(|| panic!("nothing found: {answer:?}"));
    format!("{} {} {}: {}", hit.package, hit.version, hit.place, hit.title)
}

pub const RUST: &str = "/// Opens the valve slowly.\npub fn open_valve(speed: u32) {}\n";
pub const PYTHON: &str = "def open_valve(speed):\n    \"\"\"Opens the valve slowly.\"\"\"\n";

#[rstest]
#[case::cargo(
    &[(".cargo/registry/src/index-1/fakelib-1.2.3/src/lib.rs", RUST)],
    ("Cargo.lock", "[[package]]\nname = \"fakelib\"\nversion = \"1.2.3\"\nsource = \"registry+x\"\n"),
    "fakelib", "fakelib 1.2.3 src/lib.rs:2: open_valve"
)]
#[case::npm(
    &[
        ("repo/node_modules/fakelib/package.json", r#"{"version": "1.2.3"}"#),
        ("repo/node_modules/fakelib/index.d.ts", "/** Opens the valve slowly. */\nexport declare function openValve(speed: number): void;\n"),
        ("repo/node_modules/fakelib/index.js", "/** Opens the valve slowly. */\nexport function openValveJs() {}\n"),
    ],
    ("package-lock.json", r#"{"packages": {"node_modules/fakelib": {"version": "1.2.3"}}}"#),
    "fakelib", "fakelib 1.2.3 index.d.ts:2: openValve"
)]
#[case::pnpm(
    &[
        ("repo/node_modules/.pnpm/@s+fakelib@1.2.3_x@1/node_modules/@s/fakelib/package.json", r#"{"version": "1.2.3"}"#),
        ("repo/node_modules/.pnpm/@s+fakelib@1.2.3_x@1/node_modules/@s/fakelib/a.js", "/** Opens the valve slowly. */\nexport function openValve() {}\n"),
    ],
    ("pnpm-lock.yaml", "packages:\n\n  '@s/fakelib@1.2.3':\n    dev: true\n"),
    "@s/fakelib", "@s/fakelib 1.2.3 a.js:2: openValve"
)]
#[case::go(
    &[("go/pkg/mod/github.com/!fake!org/lib@v1.2.3/valve.go", "package lib\n\n// OpenValve opens the valve slowly.\nfunc OpenValve(speed int) {}\n")],
    ("go.mod", "module mine\n\nrequire github.com/FakeOrg/lib v1.2.3\n"),
    "github.com/FakeOrg/lib", "github.com/FakeOrg/lib v1.2.3 valve.go:4: OpenValve"
)]
#[case::go_vendor(
    &[("repo/vendor/github.com/FakeOrg/lib/valve.go", "package lib\n\n// OpenValve opens the valve slowly.\nfunc OpenValve(speed int) {}\n")],
    ("go.mod", "module mine\n\nrequire github.com/FakeOrg/lib v1.2.3\n"),
    "github.com/FakeOrg/lib", "github.com/FakeOrg/lib v1.2.3 valve.go:4: OpenValve"
)]
#[case::gems(
    &[("repo/vendor/bundle/ruby/3.2.0/gems/fakelib-1.2.3/lib/fakelib.rb", "# Opens the valve slowly.\ndef open_valve(speed)\nend\n")],
    ("Gemfile.lock", "GEM\n  specs:\n    fakelib (1.2.3)\n"),
    "fakelib", "fakelib 1.2.3 lib/fakelib.rb:2: open_valve"
)]
fn a_package_of_every_ecosystem_is_found(
    #[case] files: &[(&str, &str)],
    #[case] lock: (&str, &str),
    #[case] package: &str,
    #[case] expected: &str,
) {
    let scene = Scene::new();
    for (path, content) in files {
        match path.strip_prefix("repo/") {
            Some(path) => scene.repo.write(path, content),
            None => scene.home(path, content),
        };
    }
    scene.repo.write(lock.0, lock.1);
    let answer = scene.search("how to open a valve slowly", package);
    assert_eq!(first(&answer), expected);
    assert!(answer.hits[0].body.contains("pens the valve slowly."), "{answer:?}");
    assert!(answer.notes.is_empty(), "{answer:?}");
}

#[rstest]
#[case::maven(
    ".m2/repository/org/fake/lib/1.2.3/lib-1.2.3-sources.jar",
    "pom.xml",
    "<project><dependencies><dependency><groupId>org.fake</groupId><artifactId>lib</artifactId><version>1.2.3</version></dependency></dependencies></project>"
)]
#[case::gradle(
    ".gradle/caches/modules-2/files-2.1/org.fake/lib/1.2.3/abc/lib-1.2.3-sources.jar",
    "gradle.lockfile",
    "org.fake:lib:1.2.3=compileClasspath\n"
)]
fn sources_in_jars_are_found(#[case] path: &str, #[case] lock: &str, #[case] text: &str) {
    let scene = Scene::new();
    let valve = b"package org.fake;\n\n/** A valve. */\npublic class Valve {\n  /** Opens slowly. */\n  public void open(int speed) {}\n}\n";
    jar(&scene.home.path().join(path), &[("org/fake/Valve.java", valve)]);
    scene.repo.write(lock, text);
    for package in ["org.fake:lib", "lib"] {
        let answer = scene.search("open slowly", package);
        assert!(
            first(&answer).starts_with("org.fake:lib 1.2.3 org/fake/Valve.java:6: Valve"),
            "{answer:?}"
        );
    }
}

#[rstest]
#[case(
    ".venv/lib/python3.12/site-packages",
    "poetry.lock",
    "[[package]]\nname = \"fakelib\"\nversion = \"2.3.1\"\n"
)]
#[case("venv/lib/python3.11/site-packages", "requirements.txt", "fakelib==2.3.1\n")]
#[case(
    "venv/Lib/site-packages",
    "Pipfile.lock",
    r#"{"default": {"fakelib": {"version": "==2.3.1"}}}"#
)]
fn environments_of_python_are_found(#[case] site: &str, #[case] lock: &str, #[case] text: &str) {
    let scene = Scene::new();
    scene.python(&scene.repo.path().join(site), "fakelib", "2.3.1", PYTHON);
    scene.repo.write(lock, text);
    let answer = scene.search("open valve", "FakeLib");
    assert_eq!(first(&answer), "fakelib 2.3.1 fakelib/api.py:1: open_valve");
    assert!(answer.notes.is_empty());
    let about = scene.search("about", "fakelib");
    assert_eq!(
        first(&about),
        "fakelib 2.3.1 fakelib-2.3.1.dist-info/METADATA:4: description > fakelib"
    );
}

#[test]
fn variables_of_the_environment_name_places() {
    let mut scene = Scene::new();
    let venv = scene.home.path().join("somewhere");
    scene.python(&venv.join("lib/python3.12/site-packages"), "fakelib", "1.0", PYTHON);
    scene.variables.insert("VIRTUAL_ENV".into(), venv);
    assert_eq!(
        first(&scene.search("valve", "fakelib")),
        "fakelib 1.0 fakelib/api.py:1: open_valve"
    );
    scene.variables.insert("VIRTUAL_ENV".into(), "relative".into());
    let gone = scene.docs(&[]).search("valve", Some("fakelib"), 5).unwrap_err();
    assert!(matches!(gone, DocsError::Unknown { .. }), "{gone:?}");
}

#[test]
fn the_settings_name_more_places() {
    let mut scene = Scene::new();
    let site = scene.home.path().join("opt/site-packages");
    scene.python(&site, "fakelib", "1.0", PYTHON);
    scene.limits.places = vec![format!("python={}", scene.home.path().display())];
    assert!(scene.docs(&[]).search("valve", Some("fakelib"), 5).is_err());
    scene.limits.places = vec![format!("python={}", site.display())];
    assert_eq!(
        first(&scene.search("valve", "fakelib")),
        "fakelib 1.0 fakelib/api.py:1: open_valve"
    );
}

#[test]
fn another_version_than_the_locked_one_is_used_and_said() {
    let scene = Scene::new();
    for version in ["1.9.0", "2.1.0", "3.0.0"] {
        scene.home(&format!(".cargo/registry/src/i/fakelib-{version}/src/lib.rs"), RUST);
    }
    let lock = "[[package]]\nname = \"fakelib\"\nversion = \"2.3.1\"\nsource = \"r\"\n";
    scene.repo.write("Cargo.lock", lock);
    let answer = scene.search("valve", "fakelib");
    assert_eq!(first(&answer), "fakelib 2.1.0 src/lib.rs:2: open_valve");
    assert_eq!(answer.notes, ["fakelib: installed 2.1.0, Cargo.lock names 2.3.1"]);
    let asked = scene.search("valve", "fakelib@3.0.0");
    assert_eq!(first(&asked), "fakelib 3.0.0 src/lib.rs:2: open_valve");
    assert!(asked.notes.is_empty());
}

#[test]
fn the_environment_of_the_repository_counts_before_a_nearer_version_elsewhere() {
    let scene = Scene::new();
    let own = scene.repo.path().join(".venv/lib/python3.12/site-packages");
    let user = scene.home.path().join(".local/lib/python3.12/site-packages");
    scene.python(&own, "fakelib", "1.0", PYTHON);
    scene.python(&user, "fakelib", "2.3.0", PYTHON);
    scene.python(&user, "fakeother", "2.0", PYTHON);
    scene.repo.write("requirements.txt", "fakelib==2.3.1\nfakeother==2.1\n");
    let answer = scene.search("valve", "fakelib");
    assert_eq!(first(&answer), "fakelib 1.0 fakelib/api.py:1: open_valve");
    assert_eq!(answer.notes, ["fakelib: installed 1.0, requirements.txt names 2.3.1"]);
    assert!(first(&scene.search("valve", "fakelib@2.4")).starts_with("fakelib 1.0 "));
    // The version itself is taken from wherever it is, and what the environment has
    // not from the next place.
    assert!(first(&scene.search("valve", "fakelib@2.3.0")).starts_with("fakelib 2.3.0 "));
    assert!(first(&scene.search("valve", "fakeother")).starts_with("fakeother 2.0 "));
}

#[test]
fn the_lock_file_is_that_of_the_tree_not_of_the_checkout() {
    let scene = Scene::new();
    for version in ["1.0.0", "2.0.0"] {
        scene.home(&format!(".cargo/registry/src/i/fakelib-{version}/src/lib.rs"), RUST);
    }
    let lock =
        |v: &str| format!("[[package]]\nname = \"fakelib\"\nversion = \"{v}\"\nsource = \"r\"\n");
    scene.repo.write("Cargo.lock", lock("1.0.0"));
    let docs = scene.docs(&[]);
    scene.repo.write("Cargo.lock", lock("2.0.0"));
    assert!(first(&docs.search("valve", Some("fakelib"), 5).unwrap()).starts_with("fakelib 1.0.0"));
    assert!(first(&scene.search("valve", "fakelib")).starts_with("fakelib 2.0.0"));
}

#[test]
fn a_lock_file_that_is_damaged_is_said() {
    let scene = Scene::new();
    scene.home(".cargo/registry/src/i/fakelib-1.0.0/src/lib.rs", RUST);
    scene.repo.write("Cargo.lock", "[[package\n");
    let answer = scene.search("valve", "fakelib");
    assert_eq!(answer.notes, ["lock file left out: Cargo.lock: it is not valid TOML"]);
}

#[test]
fn what_the_changed_files_import_comes_first() {
    let scene = Scene::new();
    let site = scene.repo.path().join(".venv/lib/python3.12/site-packages");
    scene.python(&site, "fakeimported", "1.0", PYTHON);
    scene.python(&site, "fakeother", "1.0", &PYTHON.replace("slowly", "slowly, a valve of valves"));
    scene.repo.write("requirements.txt", "fakeimported==1.0\nfakeother==1.0\n");
    scene.repo.write("app.py", "import os\nfrom fakeimported.api import open_valve\n");
    // Read before, so that it is one of the rest.
    scene.search("valve", "fakeother");
    let docs = scene.docs(&["app.py"]);
    let answer = docs.search("open the valve slowly", None, 5).unwrap();
    let packages: Vec<&str> = answer.hits.iter().map(|h| h.package.as_str()).collect();
    assert_eq!(packages, ["fakeimported", "fakeother"]);
    assert_eq!(docs.search("open the valve slowly", None, 5).unwrap(), answer);
    // Named in the question, it counts as much as what is imported.
    let named = docs.search("fakeother valve", None, 1).unwrap();
    assert_eq!(named.hits[0].package, "fakeother");
}

#[test]
fn a_distribution_is_found_by_the_module_that_is_imported() {
    let scene = Scene::new();
    let site = scene.repo.path().join(".venv/lib/python3.12/site-packages");
    put(&site, "fakemodule/api.py", PYTHON);
    put(&site, "Fake_Dist-1.0.dist-info/RECORD", "fakemodule/api.py,,\n");
    scene.repo.write("app.py", "import fakemodule.api\n");
    let answer = scene.docs(&["app.py"]).search("valve", None, 5).unwrap();
    assert_eq!(first(&answer), "Fake_Dist 1.0 fakemodule/api.py:1: open_valve");
    assert!(scene.docs(&["app.py"]).has_any());
}

#[test]
fn a_package_that_changed_is_read_anew() {
    let scene = Scene::new();
    let file = scene.home(".cargo/registry/src/i/fakelib-1.0.0/src/lib.rs", RUST);
    assert_eq!(scene.search("valve", "fakelib").hits.len(), 1);
    std::fs::write(&file, "/// Shuts the hatch of the whole ship.\npub fn shut_hatch() {}\n")
        .unwrap();
    assert!(scene.search("valve", "fakelib").hits.is_empty());
    assert_eq!(first(&scene.search("hatch", "fakelib")), "fakelib 1.0.0 src/lib.rs:2: shut_hatch");
    assert_eq!(docs::list(&scene.machine()).unwrap().len(), 1);
}

#[test]
fn histories_come_after_definitions_and_guides_unless_they_alone_have_the_words() {
    let scene = Scene::new();
    let package = scene.home.path().join(".cargo/registry/src/i/fakelib-1.0.0");
    // All of the question, over and over, against a definition with most of it.
    let entry = "- Opening a valve slowly no longer leaks the valve's handle.\n";
    put(&package, "CHANGELOG.md", format!("# Valve leaks: open valve slowly\n{}", entry.repeat(5)));
    put(&package, "README.md", format!("# Lib\n\nIntroduces it.\n\n## Changelog\n\n{entry}"));
    put(&package, "docs/use.md", "# Use\n\nTo open a valve, turn its handle slowly.\n");
    put(&package, "src/lib.rs", RUST);
    let places = |question: &str| -> Vec<String> {
        let answer = scene.search(question, "fakelib");
        assert!(answer.notes.is_empty(), "{answer:?}");
        answer.hits.into_iter().map(|h| h.place).collect()
    };
    let found = places("open a valve slowly by its handle");
    let mut first = found[..2].to_vec();
    first.sort();
    assert_eq!(first, ["docs/use.md:3", "src/lib.rs:2"], "{found:?}");
    let mut last = found[2..].to_vec();
    last.sort();
    assert_eq!(last, ["CHANGELOG.md:2", "README.md:7"], "{found:?}");
    assert_eq!(places("no longer leaks").len(), 2);
}

#[test]
fn what_is_kept_and_installed_is_part_of_the_state() {
    let scene = Scene::new();
    let site = scene.repo.path().join(".venv/lib/python3.12/site-packages");
    scene.python(&site, "fakelib", "1.0", PYTHON);
    let before = scene.state();
    assert_eq!(scene.state(), before);
    scene.search("valve", "fakelib");
    let read = scene.state();
    assert_ne!(read, before);
    scene.search("other words", "fakelib");
    assert_eq!(scene.state(), read);
    scene.python(&site, "fakenew", "1.0", PYTHON);
    assert_ne!(scene.state(), read);
}

#[cfg(unix)]
#[test]
fn links_out_of_a_package_are_not_followed() {
    let scene = Scene::new();
    let secret = scene.home("secret.rs", "/// The secret valve.\npub fn secret_valve() {}\n");
    let package = scene.home.path().join(".cargo/registry/src/i/fakelib-1.0.0");
    put(&package, "src/lib.rs", RUST);
    std::os::unix::fs::symlink(&secret, package.join("src/linked.rs")).unwrap();
    std::os::unix::fs::symlink(scene.home.path(), package.join("src/folder")).unwrap();
    // A loop, and what is no file.
    std::os::unix::fs::symlink(&package, package.join("src/again")).unwrap();
    std::process::Command::new("mkfifo").arg(package.join("src/pipe.rs")).status().unwrap();
    let answer = scene.search("secret valve", "fakelib");
    assert_eq!(answer.hits.len(), 1, "{answer:?}");
    assert!(!format!("{answer:?}").contains("secret_valve"));
}

#[cfg(unix)]
#[test]
fn a_package_that_is_itself_a_link_out_of_its_place_is_none() {
    let scene = Scene::new();
    let elsewhere = scene.home.path().join("node_modules/fakelib");
    put(&elsewhere, "package.json", r#"{"version": "1.0.0"}"#);
    put(&elsewhere, "index.js", "/** Valve. */\nexport function valve() {}\n");
    scene.repo.write("node_modules/x/package.json", "{}");
    std::os::unix::fs::symlink(&elsewhere, scene.repo.path().join("node_modules/fakelib")).unwrap();
    let error = scene.docs(&[]).search("valve", Some("fakelib"), 5).unwrap_err();
    assert!(matches!(error, DocsError::Unknown { .. }), "{error:?}");
}

#[test]
fn a_list_of_files_cannot_lead_out_of_its_site() {
    let scene = Scene::new();
    scene.home("secret.py", "def secret_valve():\n    '''The secret valve.'''\n");
    let site = scene.home.path().join(".local/lib/python3.12/site-packages");
    scene.python(&site, "fakelib", "1.0", PYTHON);
    let record = "../../../../secret.py,,\n/etc/passwd,,\nfakelib/api.py,,\nfakelib/../../../../../secret.py,,\n";
    put(&site, "fakelib-1.0.dist-info/RECORD", record);
    let answer = scene.search("secret valve", "fakelib");
    assert_eq!(answer.hits.len(), 1, "{answer:?}");
    assert_eq!(first(&answer), "fakelib 1.0 fakelib/api.py:1: open_valve");
}

#[test]
fn names_of_packages_cannot_lead_out_of_a_place() {
    let scene = Scene::new();
    scene.home("secret/src/lib.rs", RUST);
    scene.repo.write("node_modules/x/package.json", "{}");
    let docs = scene.docs(&[]);
    for name in
        ["../secret", "y/../../secret", "/etc", "..", "a\0b", "a\u{1b}[31m", ":", "@", "x:.."]
    {
        let error = docs.search("valve", Some(name), 5).unwrap_err();
        assert!(matches!(error, DocsError::Unknown { .. }), "{name:?}: {error:?}");
    }
}

#[test]
fn large_files_and_packages_are_left_out_and_said() {
    let mut scene = Scene::new();
    let package = scene.home.path().join(".cargo/registry/src/i/fakelib-1.0.0");
    put(&package, "src/lib.rs", RUST);
    let file = std::fs::File::create(package.join("src/huge.rs")).unwrap();
    file.set_len(50_000_000).unwrap();
    let answer = scene.search("valve", "fakelib");
    assert_eq!(answer.hits.len(), 1);
    assert_eq!(answer.notes, ["fakelib 1.0.0: not read: 1 files over 1000000 bytes"]);
    for n in 0..5 {
        put(&package, &format!("src/deep/m{n}.rs"), RUST);
    }
    scene.limits.max_package_files = 2;
    let answer = scene.search("valve", "fakelib");
    assert!(answer.notes[0].contains("4 of 6 files, for the package is large"), "{answer:?}");
    scene.limits.max_package_files = 100;
    scene.limits.max_package_bytes = RUST.len() as u64 * 3;
    put(&package, "src/deep/m9.rs", RUST);
    let answer = scene.search("valve", "fakelib");
    assert!(answer.notes[0].contains("4 of 7 files"), "{answer:?}");
}

#[test]
fn a_bomb_of_an_archive_is_left_out_whatever_sizes_it_tells() {
    let mut scene = Scene::new();
    scene.limits.max_file_bytes = 100_000;
    let path = scene.home.path().join(".m2/repository/org/fake/lib/1.0/lib-1.0-sources.jar");
    let bomb = vec![b' '; 40_000_000];
    let good = b"/** A valve. */\npublic class Valve {}\n";
    jar(&path, &[("Bomb.java", &bomb), ("Valve.java", good), ("../../Out.java", good)]);
    assert!(std::fs::metadata(&path).unwrap().len() < 200_000);
    let answer = scene.search("valve", "org.fake:lib");
    assert_eq!(answer.hits.len(), 1, "{answer:?}");
    assert!(answer.notes[0].contains("1 files over 100000 bytes"), "{answer:?}");
    // The size in the archive's directory is a lie: 10 bytes.
    let mut bytes = std::fs::read(&path).unwrap();
    let size = (bomb.len() as u32).to_le_bytes();
    for at in 0..bytes.len() - 4 {
        if bytes[at..at + 4] == size {
            bytes[at..at + 4].copy_from_slice(&10u32.to_le_bytes());
        }
    }
    std::fs::write(&path, &bytes).unwrap();
    let answer = scene.search("valve", "org.fake:lib");
    assert_eq!(answer.hits.len(), 1, "{answer:?}");
    assert!(!answer.hits[0].place.contains("Bomb"));
}

#[test]
fn a_damaged_package_is_a_note_and_the_others_are_searched() {
    let scene = Scene::new();
    let path = |name: &str| format!(".m2/repository/org/fake/{name}/1.0/{name}-1.0-sources.jar");
    let damaged = scene.home(&path("broken"), "no archive");
    let valve = b"/** Opens the valve slowly. */\npublic class Valve {}\n";
    jar(&scene.home.path().join(path("lib")), &[("org/fake/Valve.java", valve)]);
    scene.repo.write("gradle.lockfile", "org.fake:broken:1.0=x\norg.fake:lib:1.0=x\n");
    scene.repo.write("App.java", "import org.fake.Valve;\n\npublic class App {}\n");
    let docs = scene.docs(&["App.java"]);
    let question = "lib: open the valve slowly";
    let answer = docs.search(question, None, 5).unwrap();
    assert!(first(&answer).starts_with("org.fake:lib 1.0 "), "{answer:?}");
    let [note] = &answer.notes[..] else { panic!("{answer:?}") };
    assert!(note.starts_with("org.fake:broken 1.0 could not be read: "));
    // Where it alone was asked for nothing was searched, which is an error.
    let tool = DocsSearch::new(Arc::new(scene.docs(&[])));
    let asked = json!({"query": "valve", "package": "org.fake:broken"});
    let error = tool.call(&asked).unwrap_err().to_string();
    assert!(error.starts_with("org.fake:broken 1.0 is installed, but"), "{error}");
    let error = docs.search("valve", Some("org.fake:broken"), 5).unwrap_err();
    assert!(error.to_string().contains("broken-1.0-sources.jar"), "{error}");
    // Mended, it is found by whoever looks next; before, equal questions have equal answers.
    jar(&damaged, &[("org/fake/Valve.java", valve)]);
    assert_eq!(docs.search(question, None, 5).unwrap(), answer);
    assert!(first(&scene.search("valve", "org.fake:broken")).starts_with("org.fake:broken 1.0 "));
}

#[test]
fn text_of_packages_steers_no_terminal() {
    let scene = Scene::new();
    let text = "/// Opens \u{1b}[31mthe\u{202e} valve.\npub fn open_valve() {}\n";
    scene.home(".cargo/registry/src/i/fakelib-1.0.0/src/lib.rs", text);
    let answer = scene.search("valve", "fakelib");
    assert!(!format!("{:?}", answer.hits[0].body).contains("\\u{"), "{answer:?}");
}

#[test]
fn importing_twice_changes_nothing_and_another_content_replaces() {
    let scene = Scene::new();
    let folder = scene.home.path().join("guide");
    put(&folder, "use.md", "# Valves\n\n## Opening\n\nTurn it slowly.\n");
    put(&folder, "api.html", "<h1>Valve</h1><h2 id=shut>shut()</h2><p>Shuts the valve.</p>");
    put(&folder, "picture.png", "\0");
    let (kept, same, _) = scene.add(&folder).unwrap();
    assert_eq!((kept.name.as_str(), kept.files, kept.passages, same), ("guide", 2, 2, false));
    let state = scene.state();
    assert!(scene.add(&folder).unwrap().1);
    assert_eq!(scene.state(), state);
    assert_eq!(first(&scene.search("turn slowly", "guide")), "guide  use.md:5: Valves > Opening");
    assert_eq!(first(&scene.search("shut", "Guide")), "guide  api.html#shut: Valve > shut()");
    put(&folder, "use.md", "# Valves\nNever turn it.\n");
    assert!(!scene.add(&folder).unwrap().1);
    assert_eq!(docs::list(&scene.machine()).unwrap().len(), 1);
    assert_eq!(first(&scene.search("turn", "guide")), "guide  use.md:2: Valves");
    docs::remove(&scene.machine(), "guide").unwrap();
    assert!(docs::list(&scene.machine()).unwrap().is_empty());
    assert!(matches!(docs::remove(&scene.machine(), "guide"), Err(DocsError::Unknown { .. })));
}

#[test]
fn imported_documentation_is_searched_last() {
    let scene = Scene::new();
    scene.home(".cargo/registry/src/i/fakelib-1.0.0/src/lib.rs", RUST);
    let guide = scene.home("guide.md", "# Valves\nOpen the valve slowly, valve by valve.\n");
    scene.add(&guide).unwrap();
    scene.repo.write("main.rs", "use fakelib::open_valve;\n");
    let answer = scene.docs(&["main.rs"]).search("open valve slowly", None, 5).unwrap();
    let packages: Vec<&str> = answer.hits.iter().map(|h| h.package.as_str()).collect();
    assert_eq!(packages, ["fakelib", "guide"]);
}

#[test]
fn a_folder_of_devdocs_is_read_and_its_paths_are_names_only() {
    let scene = Scene::new();
    let folder = scene.home.path().join("fake~1");
    scene.home("secret", "the secret valve");
    let index = json!({"entries": [
        {"name": "Valve", "path": "valve", "type": "t"},
        {"name": "Valve.shut()", "path": "valve#shut", "type": "t"},
        {"name": "secret", "path": "../secret", "type": "t"},
    ], "types": []});
    put(&folder, "index.json", index.to_string());
    let html = "<h1>Valve</h1><p>A valve.</p><h2 id=\"shut\">shut</h2><p>Shuts it.</p>";
    put(&folder, "db.json", json!({ "valve": html }).to_string());
    put(
        &folder,
        "meta.json",
        json!({"name": "Fake", "release": "1.5", "slug": "fake~1"}).to_string(),
    );
    let (kept, _, left_out) = scene.add(&folder).unwrap();
    assert_eq!(kept.label(), "Fake 1.5");
    assert_eq!(left_out, ["1 entries whose page is not in db.json"]);
    let answer = scene.search("shut the secret valve", "fake");
    assert_eq!(first(&answer), "Fake 1.5 valve#shut: Valve > shut > Valve.shut()");
    assert!(!format!("{answer:?}").contains("secret valve"));
    put(&folder, "db.json", "{\"valve\": ");
    let error = scene.add(&folder).unwrap_err();
    assert!(error.to_string().contains("db.json is damaged: EOF"), "{error}");
    // What was imported before is kept.
    assert_eq!(docs::list(&scene.machine()).unwrap().len(), 1);
}

#[test]
fn a_docset_of_dash_is_read_and_stays_inside_of_itself() {
    let scene = Scene::new();
    let folder = scene.home.path().join("Fake.docset");
    scene.home("secret.html", "<p>the secret valve</p>");
    let pages = folder.join("Contents/Resources/Documents");
    put(
        &pages,
        "valve.html",
        "<h1>Valve</h1><a name=\"//apple_ref/Method/shut\"></a><h3>shut</h3><p>Shuts it.</p>",
    );
    let index = folder.join("Contents/Resources/docSet.dsidx");
    let db = rusqlite::Connection::open(&index).unwrap();
    db.execute_batch(
        "CREATE TABLE searchIndex (id INTEGER PRIMARY KEY, name TEXT, type TEXT, path TEXT);
         INSERT INTO searchIndex (name, type, path) VALUES
           ('Valve', 'Class', '<dash_entry_name=Valve>valve.html'),
           ('Valve.shut', 'Method', 'valve.html#//apple_ref/Method/shut'),
           ('out', 'Guide', '../../../../secret.html'),
           ('linked', 'Guide', 'linked.html'),
           ('gone', 'Guide', 'gone.html');",
    )
    .unwrap();
    drop(db);
    #[cfg(unix)]
    std::os::unix::fs::symlink(scene.home.path().join("secret.html"), pages.join("linked.html"))
        .unwrap();
    let (kept, _, left_out) = scene.add(&folder).unwrap();
    assert_eq!((kept.name.as_str(), kept.files), ("Fake", 1));
    assert_eq!(
        left_out,
        ["1 entries that lie outside of the docset", "2 pages that are not there"]
    );
    let answer = scene.search("shut secret", "Fake");
    assert_eq!(
        first(&answer),
        "Fake  valve.html#//apple_ref/Method/shut: Valve > shut > Valve.shut"
    );
    assert!(!format!("{answer:?}").contains("secret valve"));
    // A view in place of the table would run what its maker wants.
    let db = rusqlite::Connection::open(&index).unwrap();
    db.execute_batch(
        "ALTER TABLE searchIndex RENAME TO x; CREATE VIEW searchIndex AS SELECT * FROM x;",
    )
    .unwrap();
    drop(db);
    assert!(matches!(scene.add(&folder), Err(DocsError::Damaged { .. })));
    std::fs::write(&index, "no database at all, but long enough to be looked at").unwrap();
    assert!(matches!(scene.add(&folder), Err(DocsError::Damaged { .. })));
}

#[test]
fn what_holds_no_documentation_is_an_error() {
    let scene = Scene::new();
    let empty = scene.home("empty/picture.png", "\0");
    assert!(matches!(scene.add(empty.parent().unwrap()), Err(DocsError::Nothing { .. })));
    let error = scene.add(&scene.home.path().join("none")).unwrap_err();
    assert!(matches!(error, DocsError::Read { .. }), "{error:?}");
}

#[test]
fn agents_that_ask_at_once_get_one_answer() {
    let scene = Scene::new();
    scene.home(".cargo/registry/src/i/fakelib-1.0.0/src/lib.rs", RUST);
    let docs = scene.docs(&[]);
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let ask = || docs.search("valve", Some("fakelib"), 5).unwrap();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|a| *a == answers[0] && a.hits.len() == 1));
}

#[test]
fn the_tool_lists_passages_in_rows_below_its_notes() {
    let scene = Scene::new();
    let valves: String =
        (0..9).map(|n| format!("/// Opens valve {n}.\npub fn open_{n}() {{}}\n\n")).collect();
    scene.home(".cargo/registry/src/i/fakelib-1.0.0/src/lib.rs", valves);
    scene.repo.write(
        "Cargo.lock",
        "[[package]]\nname = \"fakelib\"\nversion = \"1.2.0\"\nsource = \"r\"\n",
    );
    let tool = DocsSearch::new(Arc::new(scene.docs(&[])));
    let output = tool.call(&json!({"query": "open valve", "package": "fakelib"})).unwrap();
    assert_eq!(output.part(0..1), ("(fakelib: installed 1.0.0, Cargo.lock names 1.2.0)", &[][..]));
    assert_eq!((output.rows.len(), output.passages.len()), (10, 9));
    for n in 1..10 {
        let (row, passages) = output.part(n..n + 1);
        assert!(row.starts_with("fakelib 1.0.0 src/lib.rs:"), "{row}");
        let [passage] = passages else { panic!("{passages:?}") };
        assert!(passage.text.lines().all(|line| row.contains(line)), "{row}");
    }
}

#[test]
fn the_tool_shows_passages_that_can_be_quoted_and_says_what_to_do() {
    let scene = Scene::new();
    scene.home(".cargo/registry/src/i/fakelib-1.0.0/src/lib.rs", RUST);
    scene.repo.write(
        "Cargo.lock",
        "[[package]]\nname = \"fakelib\"\nversion = \"1.0.0\"\nsource = \"r\"\n",
    );
    let tool = DocsSearch::new(Arc::new(scene.docs(&[])));
    let output = tool.call(&json!({"query": "open valve", "package": "fakelib"})).unwrap();
    assert_eq!(
        output.text,
        "fakelib 1.0.0 src/lib.rs:2  open_valve\n    pub fn open_valve(speed: u32)\n    Opens the valve slowly."
    );
    assert_eq!(output.passages[0].source.to_string(), "fakelib 1.0.0 src/lib.rs:2");
    assert_eq!(tool.call(&json!({"query": "open valve", "package": "fakelib"})).unwrap(), output);
    let nothing = tool.call(&json!({"query": "submarine", "package": "fakelib"})).unwrap();
    assert!(nothing.text.contains("try other words") && nothing.passages.is_empty());
    for (arguments, expected) in [
        (json!({"query": "valve", "package": "fakelb"}), "the nearest are: fakelib"),
        (json!({"query": "the of"}), "has no words"),
    ] {
        let error = tool.call(&arguments).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
