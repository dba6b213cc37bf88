//! Places the frames of real events in real trees, and counts how many lie where they
//! must, and how many where they cannot.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use forewarn::change::{Repo, Snapshot};
use forewarn::sentry::{Candidate, SentryCache};
use forewarn::store::Store;
use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(clap::Args)]
pub struct Args {
    /// Folder of exported events.
    samples: PathBuf,
    /// Folder with the trees' repositories, each as `owner+name/repo`.
    #[arg(long)]
    mirrors: PathBuf,
    /// Which frames are whose.
    #[arg(long)]
    table: PathBuf,
    /// Also print every placement, to be judged by a person.
    #[arg(long)]
    list: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    tree: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    repository: String,
    own: Option<String>,
    class: Option<String>,
    #[serde(default)]
    folder: String,
}

/// A frame as the export has it, with the keys that place it.
struct Frame {
    platform: String,
    keys: Map<String, Value>,
}

impl Frame {
    fn text(&self, key: &str) -> &str {
        self.keys.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    fn path(&self) -> &str {
        match self.text("abs_path") {
            "" => self.text("filename"),
            path => path,
        }
    }
}

/// What became of some frames.
#[derive(Default)]
struct Tally {
    frames: u64,
    right: u64,
    /// In one of several files, the right one among them.
    several: u64,
    wrong: u64,
    none: u64,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let table: Table = toml::from_str(&std::fs::read_to_string(&args.table)?)?;
    let frames = frames(&args.samples)?;
    let (mut exported, mut cut, mut foreign) = <(Tally, Tally, Tally)>::default();
    let mut rows: BTreeMap<String, Value> = BTreeMap::new();
    for row in &table.tree {
        let folder = args.mirrors.join(row.repository.replace('/', "+")).join("repo");
        if !folder.exists() {
            println!("{}: not there, left out", row.repository);
            continue;
        }
        let repo = Repo::discover(&folder)?;
        let snapshot = repo.snapshot("HEAD")?;
        let truth = Truth::new(row, &snapshot)?;
        let own: Vec<Option<String>> = frames.iter().map(|f| truth.of(f)).collect();
        let own_code: Vec<Frame> =
            frames.iter().zip(&own).filter_map(|(f, o)| Some(as_own(f, o.as_deref()?))).collect();
        let before = (exported.right, exported.wrong, foreign.wrong);
        for (frame, (expected, places)) in
            frames.iter().zip(own.iter().zip(placed(&frames, &repo, &snapshot)?))
        {
            let places = accepted(frame, places, &snapshot)?;
            let tally = if expected.is_some() { &mut exported } else { &mut foreign };
            let verdict = tally.add(expected.as_deref(), &places);
            if args.list && !places.is_empty() {
                let paths: Vec<&str> = places.iter().map(|p| p.path.as_str()).collect();
                let (repository, function) = (&row.repository, frame.text("function"));
                println!("{verdict} {repository}: {} {function} -> {paths:?}", frame.path());
            }
        }
        let expected: Vec<&str> = own.iter().flatten().map(String::as_str).collect();
        for (frame, (expected, places)) in
            own_code.iter().zip(expected.iter().zip(placed(&own_code, &repo, &snapshot)?))
        {
            let places = accepted(frame, places, &snapshot)?;
            let verdict = cut.add(Some(expected), &places);
            if args.list && verdict != "right" {
                let paths: Vec<&str> = places.iter().map(|p| p.path.as_str()).collect();
                println!("own code, {verdict} {}: {} -> {paths:?}", row.repository, frame.path());
            }
        }
        rows.insert(
            row.repository.clone(),
            json!({
                "files": snapshot.entries().len(),
                "own_frames": expected.len(),
                "right": exported.right - before.0,
                "wrong": exported.wrong - before.1 + foreign.wrong - before.2,
            }),
        );
    }
    let tally = |t: &Tally| {
        json!({"frames": t.frames, "right": t.right, "one_of_several": t.several,
               "wrong": t.wrong, "nowhere": t.none})
    };
    let result = json!({
        "frames": frames.len(),
        "trees": rows,
        "own_as_exported": tally(&exported),
        "own_as_application": tally(&cut),
        "of_others": tally(&foreign),
    });
    println!("{}", serde_json::to_string_pretty(&result)?);
    Ok(())
}

impl Tally {
    fn add(&mut self, expected: Option<&str>, places: &[Candidate]) -> &'static str {
        self.frames += 1;
        let among = places.iter().any(|p| Some(p.path.as_str()) == expected);
        let (count, verdict) = match (places.len(), among) {
            (0, _) => (&mut self.none, "nowhere"),
            (1, true) => (&mut self.right, "right"),
            (_, true) => (&mut self.several, "one of several"),
            (_, false) => (&mut self.wrong, "wrong"),
        };
        *count += 1;
        verdict
    }
}

/// Which frames are a tree's own, and in which of its files.
struct Truth<'a> {
    row: &'a Row,
    own: Option<Regex>,
    class: Option<Regex>,
    files: HashSet<&'a str>,
}

impl<'a> Truth<'a> {
    fn new(row: &'a Row, snapshot: &'a Snapshot) -> anyhow::Result<Self> {
        let regex = |text: &Option<String>| text.as_deref().map(Regex::new).transpose();
        Ok(Self {
            row,
            own: regex(&row.own)?,
            class: regex(&row.class)?,
            files: snapshot.entries().iter().map(|e| e.path.as_str()).collect(),
        })
    }

    /// The file of a frame, if it is the tree's own and still there.
    fn of(&self, frame: &Frame) -> Option<String> {
        if let Some(own) = &self.own {
            let below = own.captures(frame.path())?.get(1)?.as_str();
            let folder = self.row.folder.as_str();
            let path =
                if folder.is_empty() { below.to_owned() } else { format!("{folder}/{below}") };
            return Some(path).filter(|p| self.files.contains(p.as_str()));
        }
        let module = frame.text("module").replace('.', "/");
        let (folder, _) = module.rsplit_once('/')?;
        let end = format!("{folder}/{}", frame.text("filename"));
        if !self.class.as_ref()?.is_match(&end) {
            return None;
        }
        // A class lies in one file besides tests and copies.
        let mut found = self.files.iter().filter(|f| f.ends_with(&format!("/{end}")));
        let path = found.next()?;
        found.next().is_none().then(|| (*path).to_owned())
    }
}

/// The frame as it would be if the library were the application.
fn as_own(frame: &Frame, path: &str) -> Frame {
    let mut keys = frame.keys.clone();
    keys.insert("in_app".into(), json!(true));
    if frame.platform != "java" {
        let deployed = format!("/srv/www/current/{path}");
        // What is relative to a package's root stays so; PHP's is to the project's.
        if frame.platform == "php" {
            keys.insert("filename".into(), json!(format!("/{path}")));
        } else if frame.text("filename").starts_with('/') {
            keys.insert("filename".into(), json!(deployed));
        }
        keys.insert("abs_path".into(), json!(deployed));
    }
    Frame { platform: frame.platform.clone(), keys }
}

/// The candidates that a search would take: the file alone is sure, or the file names
/// the function.
fn accepted(
    frame: &Frame,
    places: Vec<Candidate>,
    snapshot: &Snapshot,
) -> anyhow::Result<Vec<Candidate>> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let name = frame.text("function").split(|c| !part(c)).rfind(|s| !s.is_empty());
    let mut kept = Vec::new();
    for place in places {
        let named = match (name, snapshot.text(&place.path)?) {
            (Some(name), Some(text)) => text.text.contains(name),
            _ => false,
        };
        if place.score >= 80 || (named && place.score >= 30) {
            kept.push(place);
        }
    }
    Ok(kept)
}

/// Where each frame may lie, by way of an import.
fn placed(
    frames: &[Frame],
    repo: &Repo,
    snapshot: &Snapshot,
) -> anyhow::Result<Vec<Vec<Candidate>>> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("cache.db"))?;
    let mut export = String::new();
    let id = |n: usize| format!("{n:032x}");
    for (n, frame) in frames.iter().enumerate() {
        let event = json!({
            "event_id": id(n), "platform": frame.platform, "timestamp": 1_760_000_000 + n,
            "exception": {"values": [{"type": "E", "value": n.to_string(),
                "stacktrace": {"frames": [frame.keys]}}]},
        });
        export.push_str(&format!("{event}\n"));
    }
    if frames.is_empty() {
        return Ok(Vec::new());
    }
    let file = folder.path().join("events.ndjson");
    std::fs::write(&file, export)?;
    SentryCache::new(&store).import(&[file])?;
    let tree = SentryCache::new(&store).tree(repo, snapshot, None, Vec::new())?;
    let cache = SentryCache::on(&store, Some(&tree));
    let mut found = Vec::new();
    for n in 0..frames.len() {
        let event = cache.event(&id(n))?;
        let places = event.map(|event| cache.places(&event)).transpose()?.unwrap_or_default();
        found.push(places.into_iter().flatten().next().unwrap_or_default());
    }
    Ok(found)
}

/// The distinct frames of all files below a folder.
fn frames(folder: &Path) -> anyhow::Result<Vec<Frame>> {
    let mut frames = Vec::new();
    let mut seen = HashSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(folder)?.map(|e| Ok(e?.path())).collect::<std::io::Result<_>>()?;
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path)?;
            let text = String::from_utf8_lossy(&bytes);
            match serde_json::from_str::<Value>(&text) {
                Ok(value) => collect(&value, "other", &mut frames, &mut seen),
                // An envelope or a list, one record a line.
                Err(_) => {
                    for value in text.lines().filter_map(|l| serde_json::from_str(l).ok()) {
                        collect(&value, "other", &mut frames, &mut seen);
                    }
                }
            }
        }
    }
    Ok(frames)
}

/// Keys that place a frame, as the API and as the SDKs write them.
const KEYS: [(&str, &str); 9] = [
    ("filename", "filename"),
    ("absPath", "abs_path"),
    ("abs_path", "abs_path"),
    ("module", "module"),
    ("package", "package"),
    ("function", "function"),
    ("lineNo", "lineno"),
    ("lineno", "lineno"),
    ("platform", "platform"),
];

fn collect(value: &Value, platform: &str, frames: &mut Vec<Frame>, seen: &mut HashSet<String>) {
    let Value::Object(object) = value else {
        value.as_array().into_iter().flatten().for_each(|v| collect(v, platform, frames, seen));
        return;
    };
    let platform = object.get("platform").and_then(Value::as_str).unwrap_or(platform);
    for frame in object.get("frames").and_then(Value::as_array).into_iter().flatten() {
        let Some(frame) = frame.as_object() else { continue };
        let mut keys = Map::new();
        for (from, to) in KEYS {
            if let Some(value) = frame.get(from).filter(|v| !v.is_null()) {
                keys.insert(to.to_owned(), value.clone());
            }
        }
        let app = frame.get("inApp").or_else(|| frame.get("in_app"));
        if let Some(app) = app.filter(|v| v.is_boolean()) {
            keys.insert("in_app".into(), app.clone());
        }
        let key = json!([platform, keys]).to_string();
        if seen.insert(key) {
            frames.push(Frame { platform: platform.to_owned(), keys });
        }
    }
    for (key, value) in object {
        if key != "rawStacktrace" {
            collect(value, platform, frames, seen);
        }
    }
}
