//! Reads one case.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::fields::{Fault, Fields};
use super::tree::{self, Files};
use super::{Bug, Case, DatasetError, Facts, Form, Half, Label, Names, Place, Reject, Sentry};

/// Whether a text may name a case or a dataset.
pub(in crate::eval) fn is_id(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.len() <= 100 && text.chars().all(allowed)
}

/// The cases of a folder: id, and the file that describes it.
pub(super) fn files(
    folder: &Path,
    faults: &mut Vec<Fault>,
) -> Result<BTreeMap<String, PathBuf>, DatasetError> {
    let io = |source| DatasetError::Io { path: folder.to_owned(), source };
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        let mut fault = |what: &str, help: &str| {
            let (what, help) = (what.to_owned(), help.to_owned());
            faults.push(Fault { file: format!("cases/{name}"), field: String::new(), what, help });
        };
        let (id, file) = if path.is_dir() {
            (name.clone(), path.join("case.toml"))
        } else if let Some(id) = name.strip_suffix(".toml") {
            (id.to_owned(), path)
        } else {
            fault("is no case", "move it elsewhere; a case is a folder or a .toml file");
            continue;
        };
        if !is_id(&id) {
            fault("the name is no id", "use a-z, 0-9 and hyphens only");
        } else if !file.is_file() {
            fault("has no case.toml", "write one, or remove the folder");
        } else if found.insert(id, file).is_some() {
            fault("is there twice", "keep the folder or the .toml file");
        }
    }
    Ok(found)
}

/// Reads a case; `None` where nothing of use is left after the faults.
pub(super) fn read(
    dataset: &Path,
    id: &str,
    file: &Path,
    names: &Names,
) -> (Option<Case>, Vec<Fault>) {
    let shown = file.strip_prefix(dataset).unwrap_or(file).to_string_lossy().into_owned();
    let whole = |what: String, help: &str| {
        let (field, help) = (String::new(), help.to_owned());
        vec![Fault { file: shown.clone(), field, what, help }]
    };
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            return (None, whole(format!("could not be read: {error}"), "write it as UTF-8 text"));
        }
    };
    let mut fields = match Fields::parse(&shown, &text) {
        Ok(fields) => fields,
        Err(fault) => return (None, vec![fault]),
    };
    let folder = file.parent().unwrap_or(dataset);
    let mut reader = Reader { fields: &mut fields, folder, names };
    let case = reader.case(dataset, id);
    (case, fields.finish())
}

struct Reader<'a> {
    fields: &'a mut Fields,
    /// Folder that relative paths of the case count from.
    folder: &'a Path,
    names: &'a Names,
}

impl Reader<'_> {
    fn case(&mut self, dataset: &Path, id: &str) -> Option<Case> {
        let fields = &mut *self.fields;
        let title = fields.text("title", "give a title like a commit's subject");
        let language = fields.text("language", "name the language of the bug or the change");
        if !language.is_empty() && language != "other" && !self.names.languages.contains(&language)
        {
            let known: Vec<&str> = self.names.languages.iter().map(String::as_str).collect();
            let help = format!("one of {}, or other", known.join(", "));
            fields.fault("language", format!("`{language}` is not known"), help);
        }
        let label: Option<Label> = fields.need("label", "write \"bug\" or \"safe\"");
        let half: Option<Half> = fields.get("half");
        let twin: Option<String> = fields.get("twin");
        let why = fields.text("why", "say in one line why this is a bug, or why it is safe");
        let date = self.date();
        let fields = &mut *self.fields;
        let message: Option<String> = fields.get("message");
        let message = message.map(|m| m.trim().to_owned()).filter(|m| !m.is_empty());
        let description: Option<String> = fields.get("description");
        let tags: Vec<String> = fields.get("tags").unwrap_or_default();
        self.twin(dataset, id, twin.as_deref(), label);
        let change = self.change(dataset);
        let sentry = self.sentry(dataset);
        let bugs = self.bugs(label, change.as_ref());
        let rejects = self.rejects(change.as_ref());
        let facts = Facts {
            id: id.to_owned(),
            title: title.clone(),
            language,
            label: label?,
            half,
            why,
            tags,
            bugs,
            rejects,
        };
        let mut case = Case {
            facts,
            date: date?,
            message: message.unwrap_or(title),
            description: description.unwrap_or_default().trim().to_owned(),
            change: change?,
            sentry,
            hash: String::new(),
        };
        match hash(&case) {
            Ok(hash) => case.hash = hash,
            Err(error) => {
                let what = format!("a file of the case could not be read: {error}");
                self.fields.fault("change", what, "make it readable");
            }
        }
        Some(case)
    }

    fn date(&mut self) -> Option<i64> {
        const HELP: &str = "write the change's time like \"2026-03-01T12:00:00Z\"";
        let text: String = self.fields.need("date", HELP)?;
        let time = text.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_second);
        match time {
            // Git takes no commit from before the epoch.
            Ok(time) if time > 86_400 => return Some(time),
            _ => self.fields.fault("date", format!("`{text}` is no such time"), HELP),
        }
        None
    }

    /// The other one of a pair has the other label.
    fn twin(&mut self, dataset: &Path, id: &str, twin: Option<&str>, label: Option<Label>) {
        let Some(twin) = twin else { return };
        let cases = dataset.join("cases");
        let exists = is_id(twin)
            && (cases.join(twin).join("case.toml").is_file()
                || cases.join(format!("{twin}.toml")).is_file());
        if twin == id || !exists {
            let what = format!("there is no other case `{twin}`");
            return self.fields.fault("twin", what, "name the other case of the pair, or none");
        }
        let text = std::fs::read_to_string(cases.join(twin).join("case.toml"))
            .or_else(|_| std::fs::read_to_string(cases.join(format!("{twin}.toml"))));
        let other = text.ok().and_then(|t| t.parse::<toml::Table>().ok());
        let other = other.as_ref().and_then(|t| t.get("label")).and_then(|l| l.as_str());
        let own = label.map(|l| if l == Label::Bug { "bug" } else { "safe" });
        if own.is_some() && other == own {
            let what = format!("`{twin}` has the same label");
            self.fields.fault("twin", what, "a pair is a bug and its safe look-alike");
        }
    }

    fn change(&mut self, dataset: &Path) -> Option<Form> {
        const FORMS: &str = "give base and head folders, or a repository with base and head, with \
                             base and patch, or with head, fix and files";
        if !self.fields.has("change") {
            self.fields.fault("change", "is missing", FORMS);
        }
        let mut change = self.fields.section("change")?;
        let form = if !change.has("repository") {
            let base = self.tree(&mut change, "base", "the repository before the change");
            let head = self.tree(&mut change, "head", "the files that the change adds or alters");
            let removed: Vec<String> = change.get("removed").unwrap_or_default();
            base.zip(head).map(|(base, head)| {
                for path in removed.iter().filter(|p| !base.contains_key(*p)) {
                    let what = format!("the base has no file `{path}`");
                    change.fault("removed", what, "name files of the base");
                }
                for path in removed.iter().filter(|p| head.contains_key(*p)) {
                    let what = format!("the head has the file `{path}`");
                    change.fault("removed", what, "remove one of the two");
                }
                if head.is_empty() && removed.is_empty() {
                    change.fault("head", "changes nothing", "put the changed files into it");
                }
                Form::Folders { base, head, removed }
            })
        } else {
            let repository = change.text("repository", "name a path, a bundle or a URL");
            if change.has("fix") {
                let form = self.reversed(&mut change, repository);
                self.fields.faults.extend(change.finish());
                return form;
            }
            let base = self.commit(&mut change, "base");
            if change.has("patch") {
                let patch = self.inside(&mut change, "patch", dataset, Path::is_file);
                base.zip(patch).map(|(base, patch)| Form::Patch { repository, base, patch })
            } else {
                let head = self.commit(&mut change, "head");
                base.zip(head).map(|(base, head)| Form::Commits { repository, base, head })
            }
        };
        self.fields.faults.extend(change.finish());
        form
    }

    fn reversed(&self, change: &mut Fields, repository: String) -> Option<Form> {
        const FILES: &str = "name the files whose versions the fix gives to the base";
        let (head, fix) = (self.commit(change, "head"), self.commit(change, "fix"));
        let files: Option<Vec<String>> = change.need("files", FILES);
        if files.as_ref().is_some_and(Vec::is_empty) {
            change.fault("files", "names no file", FILES);
        }
        for path in files.iter().flatten().filter(|p| p.is_empty() || !is_below(p)) {
            change.fault("files", format!("`{path}` is no path of a repository"), FILES);
        }
        Some(Form::Reversed { repository, head: head?, fix: fix?, files: files? })
    }

    fn tree(&self, change: &mut Fields, key: &'static str, what: &str) -> Option<Files> {
        let name = change.text(key, &format!("name the folder with {what}"));
        if name.is_empty() {
            return None;
        }
        if !is_below(&name) {
            change.fault(key, format!("`{name}` leaves the case"), "name a folder of the case");
            return None;
        }
        match tree::files(&self.folder.join(&name)) {
            Ok((files, wrong)) => {
                for (path, why) in wrong {
                    change.fault(key, format!("`{name}/{path}` {why}"), "remove or rename it");
                }
                Some(files)
            }
            Err(error) => {
                let what = format!("could not read the folder `{name}`: {error}");
                change.fault(key, what, "add the folder");
                None
            }
        }
    }

    fn commit(&self, change: &mut Fields, key: &'static str) -> Option<String> {
        let id = change.text(key, "give the commit's id");
        let full = matches!(id.len(), 40 | 64) && id.chars().all(|c| c.is_ascii_hexdigit());
        if !id.is_empty() && !full {
            // A branch or a short id may mean another commit tomorrow.
            let what = format!("`{id}` is no full commit id");
            change.fault(key, what, "give all 40 hexadecimal digits (`git rev-parse`)");
        }
        full.then(|| id.to_ascii_lowercase())
    }

    fn sentry(&mut self, dataset: &Path) -> Option<Sentry> {
        let mut sentry = self.fields.section("sentry")?;
        // Where the newest data lie: for readers; data are cut at the case's date.
        let _: Option<String> = sentry.get("newest");
        let form = match (sentry.has("export"), sentry.has("snapshot")) {
            (true, false) => {
                let exists = |path: &Path| path.exists();
                self.inside(&mut sentry, "export", dataset, exists).map(Sentry::Export)
            }
            (false, true) => {
                let path = self.inside(&mut sentry, "snapshot", dataset, Path::is_file);
                path.map(Sentry::Snapshot)
            }
            _ => {
                sentry.fault("export", "or `snapshot` must be given", "name one of the two");
                None
            }
        };
        self.fields.faults.extend(sentry.finish());
        form
    }

    /// A path within the dataset, with links resolved.
    fn inside(
        &self,
        fields: &mut Fields,
        key: &'static str,
        dataset: &Path,
        fits: impl Fn(&Path) -> bool,
    ) -> Option<PathBuf> {
        let name = fields.text(key, "name a file or folder of the dataset");
        if name.is_empty() {
            return None;
        }
        let found = std::fs::canonicalize(self.folder.join(&name));
        match (found, std::fs::canonicalize(dataset)) {
            (Ok(path), Ok(root)) if path.starts_with(&root) && fits(&path) => Some(path),
            (Ok(path), Ok(root)) if !path.starts_with(&root) => {
                fields.fault(key, format!("`{name}` lies outside the dataset"), "copy it into it");
                None
            }
            _ => {
                fields.fault(key, format!("there is no `{name}`"), "add it, or correct the name");
                None
            }
        }
    }

    fn bugs(&mut self, label: Option<Label>, change: Option<&Form>) -> Vec<Bug> {
        let sections = self.fields.sections("bug");
        let wrong = match (label, sections.is_empty()) {
            (Some(Label::Safe), false) => Some("a safe case has none"),
            (Some(Label::Bug), true) => Some("a case labelled bug has at least one"),
            _ => None,
        };
        if let Some(what) = wrong {
            self.fields.fault("bug", what, "correct the label, or the list of bugs");
        }
        let mut bugs = Vec::new();
        for mut section in sections {
            let kind: Option<String> = section.get("kind");
            if let Some(kind) = kind.as_ref().filter(|k| !self.names.kinds.contains(*k)) {
                let known: Vec<&str> = self.names.kinds.iter().map(String::as_str).collect();
                let help = format!("one of {}", known.join(", "));
                section.fault("kind", format!("`{kind}` is not known"), help);
            }
            let category = section.need("category", "say what fails, for example \"crash\"");
            let severity = section.need("severity", "critical, high, medium or low");
            let description =
                section.text("description", "say what fails, when, and with what consequence");
            let error_type = section.get("error_type");
            let files = unlocated(&mut section, change);
            let locations = match files {
                None => places(&mut section, change),
                Some(_) => Vec::new(),
            };
            self.fields.faults.extend(section.finish());
            if let (Some(category), Some(severity)) = (category, severity) {
                bugs.push(Bug {
                    kind,
                    category,
                    severity,
                    description,
                    error_type,
                    files,
                    locations,
                });
            }
        }
        bugs
    }

    fn rejects(&mut self, change: Option<&Form>) -> Vec<Reject> {
        let mut rejects = Vec::new();
        for mut section in self.fields.sections("reject") {
            let description = section.text("description", "say what was claimed");
            let locations = places(&mut section, change);
            self.fields.faults.extend(section.finish());
            rejects.push(Reject { description, locations });
        }
        rejects
    }
}

/// Reads and checks the files of a bug whose lines are not known; `None` where they are.
fn unlocated(section: &mut Fields, change: Option<&Form>) -> Option<Vec<String>> {
    const HELP: &str = "give `locations`, or `files` where nobody knows the lines";
    if !section.has("files") {
        return None;
    }
    if section.has("locations") {
        section.fault("files", "stands beside `locations`", HELP);
        // Both are read, so that neither is told as unknown.
        let _: Option<Vec<String>> = section.get("files");
        return None;
    }
    let files: Vec<String> = section.get("files").unwrap_or_default();
    for file in &files {
        if file.is_empty() || !is_below(file) {
            let what = format!("`{file}` is no path of a repository");
            section.fault("files", what, "name files as they are after the change");
        } else if let Some(form @ Form::Folders { .. }) = change
            && at_head(form, file).is_none()
        {
            let what = format!("the head has no file `{file}`");
            section.fault("files", what, "name a file as it is after the change");
        }
    }
    Some(files)
}

/// A file of the head of a case that lies in the dataset.
fn at_head<'a>(change: &'a Form, file: &str) -> Option<&'a PathBuf> {
    let Form::Folders { base, head, removed } = change else { return None };
    let kept = || base.get(file).filter(|_| !removed.iter().any(|r| r == file));
    head.get(file).or_else(kept)
}

/// Reads and checks lines of the head; in files of the dataset also that they exist.
fn places(section: &mut Fields, change: Option<&Form>) -> Vec<Place> {
    let help = "list { file = \"a.py\", start = 1, end = 1 }, lines of the head; or, where nobody \
                knows the lines, `files`";
    let locations: Vec<Place> = section.need("locations", help).unwrap_or_default();
    if locations.is_empty() {
        section.fault("locations", "names no line", "name at least one line of the head");
    }
    for place in &locations {
        let Place { file, start, end } = place;
        if *start == 0 || end < start {
            let what = format!("{file}:{start}-{end} is no range of lines");
            section.fault("locations", what, "lines count from 1, and start comes first");
            continue;
        }
        let Some(form @ Form::Folders { .. }) = change else { continue };
        let lines =
            at_head(form, file).and_then(|p| std::fs::read(p).ok()).map(|bytes| lines(&bytes));
        match lines {
            None => {
                let what = format!("the head has no file `{file}`");
                section.fault("locations", what, "name a file as it is after the change");
            }
            Some(lines) if *end > lines => {
                let what = format!("{file} has {lines} lines at the head, not {end}");
                section.fault("locations", what, "count the lines after the change");
            }
            Some(_) => {}
        }
    }
    locations
}

fn lines(bytes: &[u8]) -> u32 {
    let ends = bytes.iter().filter(|b| **b == b'\n').count() as u32;
    ends + u32::from(bytes.last().is_some_and(|b| *b != b'\n'))
}

/// Whether a relative path stays below its folder, by its words alone.
fn is_below(path: &str) -> bool {
    use std::path::Component;
    Path::new(path).components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir))
}

/// Hash of what a review sees of a case.
fn hash(case: &Case) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    let add = |hasher: &mut blake3::Hasher, parts: &[&str]| {
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
    };
    add(&mut hasher, &["1", &case.date.to_string(), &case.message, &case.description]);
    match &case.change {
        Form::Folders { base, head, removed } => {
            tree::hash(base, &mut hasher)?;
            tree::hash(head, &mut hasher)?;
            for path in removed {
                add(&mut hasher, &[path]);
            }
        }
        Form::Commits { repository, base, head } => {
            add(&mut hasher, &["commits", repository, base, head]);
        }
        Form::Reversed { repository, head, fix, files } => {
            add(&mut hasher, &["reversed", repository, head, fix]);
            files.iter().for_each(|path| add(&mut hasher, &[path]));
        }
        Form::Patch { repository, base, patch } => {
            add(&mut hasher, &["patch", repository, base]);
            hasher.update(&std::fs::read(patch)?);
        }
    }
    match &case.sentry {
        None => {}
        Some(Sentry::Export(path)) if path.is_dir() => {
            let (files, _) = tree::files(path)?;
            add(&mut hasher, &["export"]);
            tree::hash(&files, &mut hasher)?;
        }
        Some(Sentry::Export(path) | Sentry::Snapshot(path)) => {
            add(&mut hasher, &["file"]);
            hasher.update(&std::fs::read(path)?);
        }
    }
    Ok(hasher.finalize().to_hex()[..16].to_owned())
}
