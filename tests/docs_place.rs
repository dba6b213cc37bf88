//! Search of documentation: where package managers put packages, how packages are
//! named, and what is said of those that are not there.

use std::path::{Path, PathBuf};

use forewarn::agent::Tool;
use forewarn::agent::tools::DocsSearch;
use forewarn::docs::{self, DocsError};
use serde_json::json;
use sha2::Digest;

use crate::docs::{PYTHON, RUST, Scene, first, put};

/// The hash that Poetry and Pipenv put into the names of environments: of the path, in
/// Base64 for addresses.
fn hash(path: &Path) -> String {
    let hash = sha2::Sha256::digest(path.to_str().unwrap().as_bytes());
    let bits: String = hash[..6].iter().map(|byte| format!("{byte:08b}")).collect();
    let alphabet: Vec<char> =
        ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']).collect();
    (0..8).map(|n| alphabet[usize::from_str_radix(&bits[6 * n..6 * n + 6], 2).unwrap()]).collect()
}

#[test]
fn environments_outside_of_the_project_are_known_by_its_path() {
    let mut scene = Scene::new();
    let lock = "[[package]]\nname = \"fakelib\"\nversion = \"2.3.1\"\n";
    scene.repo.write("service/poetry.lock", lock);
    scene.repo.write("service/app.py", "import fakelib\n");
    let root = scene.repo.path().canonicalize().unwrap();
    // A project in a folder of the repository, whose name is another than the folder's.
    let poetry = format!("corner-shop-{}-py3.12", hash(&root.join("service")));
    let cache = scene.home.path().join("cache");
    let site = cache.join("virtualenvs").join(poetry).join("lib/python3.12/site-packages");
    scene.python(&site, "fakelib", "2.3.1", PYTHON);
    // Another checkout of the same project has other packages.
    let other = cache.join("virtualenvs/corner-shop-AAAAAAAA-py3.12/lib/python3.12/site-packages");
    scene.python(&other, "otherlib", "1.0", PYTHON);
    scene.variables.insert("POETRY_CACHE_DIR".into(), cache);
    let docs = scene.docs(&["service/app.py"]);
    let answer = docs.search("open valve", Some("fakelib"), 5).unwrap();
    assert_eq!(first(&answer), "fakelib 2.3.1 fakelib/api.py:1: open_valve");
    assert!(docs.search("open valve", Some("otherlib"), 5).is_err());

    let pipenv = format!(".local/share/virtualenvs/shop-{}", hash(&root.join("Pipfile")));
    let site = scene.home.path().join(pipenv).join("lib/python3.12/site-packages");
    scene.python(&site, "pipelib", "1.0", PYTHON);
    assert_eq!(
        first(&scene.search("valve", "pipelib")),
        "pipelib 1.0 pipelib/api.py:1: open_valve"
    );
}

#[test]
fn a_gem_that_is_built_for_a_platform_has_its_plain_version() {
    let scene = Scene::new();
    let gem = ".rbenv/versions/3.3.0/lib/ruby/gems/3.3.0/gems/fakelib-1.15.4-x86_64-linux";
    scene.home(&format!("{gem}/lib/fakelib.rb"), "# Opens the valve.\ndef open_valve\nend\n");
    let lock =
        "GEM\n  specs:\n    fakelib (1.15.4-arm64-darwin)\n    fakelib (1.15.4-x86_64-linux)\n";
    scene.repo.write("Gemfile.lock", lock);
    let answer = scene.search("open valve", "fakelib");
    assert_eq!(first(&answer), "fakelib 1.15.4 lib/fakelib.rb:2: open_valve");
    assert!(answer.notes.is_empty(), "{answer:?}");
}

#[test]
fn a_module_of_go_may_be_named_by_the_end_of_its_path() {
    let scene = Scene::new();
    let text = "package valve\n\n// Open opens the valve slowly.\nfunc Open(speed int) {}\n";
    for module in ["github.com/!fake!org/valve/v2@v2.1.0", "github.com/other/pump@v1.0.0"] {
        scene.home(&format!("go/pkg/mod/{module}/valve.go"), text);
    }
    scene.home(".cargo/registry/src/x/valve-9.0.0/src/lib.rs", RUST);
    scene.repo.write(
        "go.mod",
        "module mine\n\nrequire (\n\tgithub.com/FakeOrg/valve/v2 v2.1.0\n\tgithub.com/other/pump v1.0.0\n)\n",
    );
    let docs = scene.docs(&[]);
    for name in ["valve", "FakeOrg/valve", "github.com/FakeOrg/valve/v2"] {
        let answer = docs.search("open slowly", Some(name), 5).unwrap();
        let found = first(&answer);
        assert_eq!(found, "github.com/FakeOrg/valve/v2 v2.1.0 valve.go:4: Open", "{name}");
    }
    assert!(matches!(docs.search("open", Some("alve"), 5), Err(DocsError::Unknown { .. })));
    // A question's word that ends a path may be just a word, and stays one.
    let answer = docs.search("open the pump slowly", None, 5).unwrap();
    assert_eq!(first(&answer), "github.com/other/pump v1.0.0 valve.go:4: Open");
}

#[test]
fn a_locked_package_that_is_not_installed_is_named_as_such() {
    let scene = Scene::new();
    scene.repo.write("Gemfile.lock", "GEM\n  specs:\n    fakelib (1.2.3)\n");
    let docs = scene.docs(&[]);
    let said = "fakelib 1.2.3, which Gemfile.lock names, is not installed where packages are \
                looked for";
    match docs.search("open", Some("fakelib"), 5) {
        Err(error @ DocsError::NotInstalled { .. }) => assert_eq!(error.to_string(), said),
        other => panic!("{other:?}"),
    }
    let answer = docs.search("how does fakelib open", None, 5).unwrap();
    assert_eq!(answer.notes, [said]);
    let tool = DocsSearch::new(std::sync::Arc::new(docs));
    let refused = tool.call(&json!({"query": "open", "package": "fakelib"})).unwrap_err();
    assert!(refused.to_string().contains(said), "{refused}");
}

#[test]
fn a_package_that_holds_nothing_to_read_is_said() {
    let scene = Scene::new();
    let gem = scene.home(".gem/ruby/3.1.0/gems/fakelib-1.0/bin/fakelib", "#!/usr/bin/ruby\n");
    let answer = scene.search("open", "fakelib");
    let folder = gem.canonicalize().unwrap();
    let folder = folder.parent().and_then(Path::parent).unwrap().display();
    assert_eq!(answer.notes, [format!("fakelib 1.0: nothing that is read lies in {folder}")]);
}

/// A docset with an index as Apple's tools write it: Core Data's tables.
fn apple(scene: &Scene) -> PathBuf {
    let folder = scene.home.path().join("Valve Kit.docset");
    let pages = folder.join("Contents/Resources/Documents");
    put(
        &pages,
        "api/valve.html",
        "<html><head><title>Valve</title></head><body><h1>Valve</h1><p>A valve.</p>\
         <a name=\"//apple_ref/occ/instm/Valve/shut:\"></a><h3>shut:</h3>\
         <p>Shuts the valve slowly.</p></body></html>",
    );
    put(&folder, "Contents/Info.plist", "<plist><dict></dict></plist>");
    let db = rusqlite::Connection::open(folder.join("Contents/Resources/docSet.dsidx")).unwrap();
    db.execute_batch(
        "CREATE TABLE ZTOKENTYPE ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZTYPENAME VARCHAR );
         CREATE TABLE ZFILEPATH ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZPATH VARCHAR );
         CREATE TABLE ZTOKEN ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZCONTAINER INTEGER,
           ZLANGUAGE INTEGER, ZMETAINFORMATION INTEGER, ZPARENTNODE INTEGER, ZTOKENTYPE INTEGER,
           ZTOKENNAME VARCHAR );
         CREATE TABLE ZTOKENMETAINFORMATION ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER,
           ZFILE INTEGER, ZTOKEN INTEGER, ZABSTRACT VARCHAR, ZANCHOR VARCHAR );
         CREATE TABLE Z_METADATA (Z_VERSION INTEGER PRIMARY KEY, Z_UUID VARCHAR(255), Z_PLIST BLOB);
         INSERT INTO ZTOKENTYPE VALUES (1, 13, 1, 'cl'), (2, 13, 1, 'instm');
         INSERT INTO ZFILEPATH VALUES (1, 4, 1, 'api/valve.html');
         INSERT INTO ZTOKEN VALUES (1, 10, 1, NULL, 1, 1, NULL, 1, 'Valve'),
           (2, 10, 1, NULL, 1, 2, NULL, 2, 'shut:');
         INSERT INTO ZTOKENMETAINFORMATION VALUES (1, 12, 1, 1, 1, NULL, NULL),
           (2, 12, 1, 1, 2, 'Shuts the valve.', '//apple_ref/occ/instm/Valve/shut:');
         -- What Zeal adds once it has opened such a docset.
         CREATE VIEW searchIndex AS SELECT ztokenname AS name, ztypename AS type, zpath AS path,
           zanchor AS fragment FROM ztoken
           INNER JOIN ztokenmetainformation ON ztoken.zmetainformation = ztokenmetainformation.z_pk
           INNER JOIN zfilepath ON ztokenmetainformation.zfile = zfilepath.z_pk
           INNER JOIN ztokentype ON ztoken.ztokentype = ztokentype.z_pk;",
    )
    .unwrap();
    folder
}

#[test]
fn a_docset_with_apples_index_is_read() {
    let scene = Scene::new();
    let folder = apple(&scene);
    let (kept, _, left_out) = scene.add(&folder).unwrap();
    assert_eq!((kept.name.as_str(), kept.files), ("Valve Kit", 1));
    assert!(left_out.is_empty(), "{left_out:?}");
    let answer = scene.search("shut slowly", "Valve Kit");
    assert_eq!(
        first(&answer),
        "Valve Kit  api/valve.html#//apple_ref/occ/instm/Valve/shut:: Valve > shut:"
    );
    // What Dash has downloaded may be packed.
    std::fs::remove_dir_all(folder.join("Contents/Resources/Documents")).unwrap();
    put(&folder, "Contents/Resources/tarix.tgz", "packed");
    assert!(matches!(scene.add(&folder), Err(DocsError::Packed { .. })));
    assert_eq!(docs::list(&scene.machine()).unwrap().len(), 1, "what was there is kept");
}
