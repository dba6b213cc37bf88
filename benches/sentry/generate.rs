//! Makes an export from real events: each keeps the shape of a sample, with files,
//! functions, source lines, values and breadcrumbs of a made-up program in it.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

#[derive(clap::Args)]
pub struct Args {
    /// Folder that `issues.ndjson` and `events.ndjson` are written to.
    folder: PathBuf,
    #[arg(long, default_value = "50000")]
    issues: u64,
    #[arg(long, default_value = "3")]
    events_per_issue: u64,
}

/// Samples with stack traces, and how many of sixteen issues follow each.
const SAMPLES: [(&str, u64); 7] = [
    ("django_template_error_glitchtip", 2),
    ("python_zero_division", 4),
    ("dotnet_divide_zero", 2),
    ("elixir_error", 2),
    ("js_error_with_context", 2),
    ("small_js_error_source", 2),
    ("ruby", 2),
];
/// Files of the made-up program.
const FILES: u64 = 4000;

/// SplitMix64.
pub struct Random(u64);

impl Random {
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len() as u64) as usize]
    }
}

pub const NOUNS: [&str; 40] = [
    "cart",
    "order",
    "invoice",
    "customer",
    "session",
    "price",
    "currency",
    "stock",
    "shipment",
    "address",
    "payment",
    "refund",
    "basket",
    "voucher",
    "report",
    "queue",
    "worker",
    "cache",
    "index",
    "token",
    "image",
    "upload",
    "mailer",
    "webhook",
    "catalog",
    "product",
    "variant",
    "warehouse",
    "carrier",
    "label",
    "tax",
    "region",
    "account",
    "profile",
    "wishlist",
    "review",
    "rating",
    "search",
    "filter",
    "export",
];
const VERBS: [&str; 24] = [
    "load", "save", "apply", "compute", "render", "parse", "fetch", "send", "merge", "split",
    "check", "update", "delete", "create", "resolve", "match", "rank", "sync", "retry", "encode",
    "decode", "lock", "notify", "close",
];
pub const ERRORS: [&str; 20] = [
    "KeyError",
    "ValueError",
    "TypeError",
    "AttributeError",
    "ZeroDivisionError",
    "IndexError",
    "TimeoutError",
    "ConnectionError",
    "RuntimeError",
    "PermissionError",
    "NullPointerException",
    "IllegalStateException",
    "NoMethodError",
    "ArgumentError",
    "RangeError",
    "ReferenceError",
    "UnicodeDecodeError",
    "OperationalError",
    "IntegrityError",
    "DoesNotExist",
];

/// A file of the made-up program, with functions and lines that are its own.
pub struct Source {
    pub path: String,
    seed: u64,
}

impl Source {
    pub fn of(number: u64) -> Self {
        let mut random = Random(number ^ 0x5eed);
        let folder = random.pick(&NOUNS);
        let (verb, noun) = (random.pick(&VERBS), random.pick(&NOUNS));
        Self { path: format!("shop/{folder}/{verb}_{noun}_{number}.py"), seed: number }
    }

    pub fn function(&self, number: u64) -> String {
        let mut random = Random(self.seed * 31 + number);
        format!("{}_{}", random.pick(&VERBS), random.pick(&NOUNS))
    }

    fn line(&self, number: u64) -> String {
        let mut random = Random(self.seed * 7919 + number);
        let (a, b, verb) = (random.pick(&NOUNS), random.pick(&NOUNS), random.pick(&VERBS));
        match random.below(6) {
            0 => format!("    {a} = self.{b}.{verb}({a}, limit={})", random.below(500)),
            1 => format!("    if {a} is not None and {b}[\"{a}_id\"] > {}:", random.below(99)),
            2 => format!("        return {verb}_{b}({a}, **options)"),
            3 => format!("    # {verb} the {a} before the {b} is read"),
            4 => String::new(),
            _ => format!("    for {a} in {b}.{verb}(batch={}):", random.below(2000)),
        }
    }
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    std::fs::create_dir_all(&args.folder)?;
    let samples = samples()?;
    let mut issues = BufWriter::new(std::fs::File::create(args.folder.join("issues.ndjson"))?);
    let mut events = BufWriter::new(std::fs::File::create(args.folder.join("events.ndjson"))?);
    for number in 0..args.issues {
        let mut random = Random(number);
        let mut left = random.below(SAMPLES.iter().map(|s| s.1).sum());
        let sample = SAMPLES
            .iter()
            .position(|(_, share)| match left.checked_sub(*share) {
                Some(rest) => {
                    left = rest;
                    false
                }
                None => true,
            })
            .unwrap_or_default();
        let issue = Issue::of(number);
        writeln!(issues, "{}", issue.json(args.events_per_issue))?;
        for event in 0..args.events_per_issue {
            writeln!(events, "{}", issue.event(&samples[sample], event))?;
        }
    }
    issues.flush()?;
    events.flush()?;
    Ok(())
}

fn samples() -> anyhow::Result<Vec<Value>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sentry/api");
    SAMPLES
        .iter()
        .map(|(name, _)| {
            let bytes = std::fs::read(folder.join(format!("{name}.json")))?;
            Ok(serde_json::from_slice(&bytes)?)
        })
        .collect()
}

struct Issue {
    number: u64,
    error: &'static str,
    value: String,
    /// File and function of each frame, the crash last.
    stack: Vec<(Source, u64)>,
    first_seen: i64,
    last_seen: i64,
}

const NOW: i64 = 1_770_000_000;
const DAY: i64 = 86_400;

impl Issue {
    fn of(number: u64) -> Self {
        let mut random = Random(number * 977 + 5);
        let depth = 3 + random.below(5) + if random.below(8) == 0 { random.below(20) } else { 0 };
        let stack =
            (0..depth).map(|_| (Source::of(random.below(FILES)), random.below(12))).collect();
        let last_seen = NOW - random.below(100 * DAY as u64) as i64;
        Self {
            number,
            error: random.pick(&ERRORS),
            value: format!(
                "{} of {} {} has no {}",
                random.pick(&NOUNS),
                random.pick(&NOUNS),
                random.below(100_000),
                random.pick(&NOUNS)
            ),
            stack,
            first_seen: last_seen - random.below(200 * DAY as u64) as i64,
            last_seen,
        }
    }

    fn time(seconds: i64) -> String {
        jiff::Timestamp::from_second(seconds).map(|t| t.to_string()).unwrap_or_default()
    }

    fn culprit(&self) -> String {
        let (source, function) = &self.stack[self.stack.len() - 1];
        format!("{} in {}", source.path, source.function(*function))
    }

    fn id(&self) -> String {
        (4_500_000_000 + self.number).to_string()
    }

    fn json(&self, events: u64) -> Value {
        let (source, function) = &self.stack[self.stack.len() - 1];
        json!({
            "id": self.id(), "shortId": format!("SHOP-{:X}", self.number),
            "title": format!("{}: {}", self.error, self.value), "culprit": self.culprit(),
            "permalink": format!("https://sentry.example/organizations/shop/issues/{}/", self.id()),
            "logger": null, "level": "error", "status": "unresolved", "statusDetails": {},
            "substatus": "ongoing", "isPublic": false, "platform": "python", "priority": "high",
            "project": {"id": "1", "name": "shop", "slug": "shop", "platform": "python"},
            "type": "error", "issueType": "error", "issueCategory": "error",
            "metadata": {"type": self.error, "value": self.value, "filename": source.path,
                "function": source.function(*function), "in_app_frame_mix": "mixed"},
            "numComments": 0, "assignedTo": {"type": "user", "id": "3", "name": "Ada",
                "email": "ada@example.org"},
            "isBookmarked": false, "isSubscribed": true, "hasSeen": true, "annotations": [],
            "isUnhandled": true, "count": (events * 7).to_string(), "userCount": 3,
            "firstSeen": Self::time(self.first_seen), "lastSeen": Self::time(self.last_seen),
            "stats": {"24h": (0..24).map(|n| json!([NOW + n * 3600, n % 3])).collect::<Vec<_>>()},
        })
    }

    fn event(&self, sample: &Value, number: u64) -> Value {
        let mut random = Random(self.number * 131 + number + 1);
        let mut event = sample.clone();
        let id = format!("{:016x}{:016x}", random.next(), random.next());
        event["id"] = json!(id);
        event["eventID"] = json!(id);
        event["groupID"] = json!(self.id());
        event["title"] = json!(format!("{}: {}", self.error, self.value));
        event["message"] = json!("");
        event["culprit"] = json!(self.culprit());
        event["dateCreated"] = json!(Self::time(
            self.last_seen - number as i64 * 3 * 3600 - random.below(3600) as i64
        ));
        event["metadata"] = json!({"type": self.error, "value": self.value});
        event["user"] = json!({"id": random.below(9999).to_string(),
            "email": format!("user{}@example.org", random.below(9999)), "ip_address": "203.0.113.9"});
        let mut crumbs = false;
        for entry in event["entries"].as_array_mut().into_iter().flatten() {
            match entry["type"].as_str() {
                Some("exception") => {
                    let values = &mut entry["data"]["values"];
                    for exception in values.as_array_mut().into_iter().flatten() {
                        self.stack(exception, &mut random);
                    }
                }
                Some("breadcrumbs") => {
                    crumbs = true;
                    entry["data"]["values"] = breadcrumbs(&mut random);
                }
                _ => {}
            }
        }
        if let (false, Some(entries)) = (crumbs, event["entries"].as_array_mut()) {
            entries
                .push(json!({"type": "breadcrumbs", "data": {"values": breadcrumbs(&mut random)}}));
        }
        event
    }

    /// Lays the issue's stack over the sample's frames, which repeat.
    fn stack(&self, exception: &mut Value, random: &mut Random) {
        exception["type"] = json!(self.error);
        exception["value"] = json!(self.value);
        let Some(frames) = exception["stacktrace"]["frames"].as_array().cloned() else { return };
        if frames.is_empty() {
            return;
        }
        let stack = self.stack.iter().enumerate().map(|(n, (source, function))| {
            let mut frame = frames[n % frames.len()].clone();
            let line = 20 + (*function * 40) + self.number % 20;
            frame["filename"] = json!(source.path);
            frame["absPath"] = json!(format!("/srv/app/releases/42/{}", source.path));
            frame["module"] = json!(source.path.trim_end_matches(".py").replace('/', "."));
            frame["function"] = json!(source.function(*function));
            frame["lineNo"] = json!(line);
            frame["inApp"] = json!(n % 3 != 0);
            let around = if n % 3 == 0 { line - 5..line + 6 } else { line..line + 1 };
            frame["context"] = around.map(|at| json!([at, source.line(at)])).collect();
            if n + 3 > self.stack.len() {
                frame["vars"] = json!({
                    random.pick(&NOUNS): {"id": random.below(100_000), "items": [random.below(9)]},
                    random.pick(&NOUNS): format!("<{} object at 0x7f{:010x}>", random.pick(&NOUNS), random.next() >> 24),
                    "options": {"limit": random.below(500), "api_key": "0123456789abcdef"},
                });
            }
            frame
        });
        exception["stacktrace"]["frames"] = stack.collect();
    }
}

fn breadcrumbs(random: &mut Random) -> Value {
    let count = 2 + random.below(10);
    (0..count)
        .map(|n| {
            let noun = random.pick(&NOUNS);
            match random.below(3) {
                0 => json!({"timestamp": NOW + n as i64, "type": "http", "category": "httplib",
                    "level": "info", "message": null, "data": {"method": "GET", "status_code": 200,
                    "url": format!("https://api.example/{noun}/{}?token=abcdef", random.below(1_000_000))}}),
                1 => json!({"timestamp": NOW + n as i64, "type": "default", "category": "query",
                    "level": "info", "message": format!("SELECT * FROM {noun} WHERE id = {}", random.below(100_000)),
                    "data": null}),
                _ => json!({"timestamp": NOW + n as i64, "type": "default", "category": "shop.log",
                    "level": "warning", "message": format!("{} {noun} {} took {} ms",
                    random.pick(&VERBS), random.below(100_000), random.below(4000)), "data": null}),
            }
        })
        .collect()
}
