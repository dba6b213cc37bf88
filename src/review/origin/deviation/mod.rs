//! Hypotheses from how the rest of the repository does it.
//!
//! The change is compared with what the repository believes (D. Engler and others, "Bugs
//! as deviant behavior", 2001): [`nothing`] finds results that may be nothing and are used
//! as if they were there, [`caller`] what nearly all other callers of a function do and a
//! new one does not, [`member`] lists that lack a member which the change adds to their
//! twins, [`paste`] copies in which one name was not renamed, [`sibling`] what all
//! functions beside a new one do and it does not, [`text`] keys that were renamed on one
//! side only, [`belief`] members that the others ask about, [`unset`] members that nothing
//! sets.
//!
//! All work begins at the change's own lines and follows the index's references; what is
//! read beyond the change is bounded by a count of bytes.

mod belief;
mod caller;
mod member;
mod nothing;
mod paste;
mod place;
mod sibling;
mod site;
mod table;
mod text;
mod unset;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use crate::asset::Assets;
use crate::change::{ChangedFile, Content};
use crate::finding::{Evidence, Fix, Hypothesis, Location, Origin, Side, Source as Place};
use crate::index::{Certainty, Reference, Symbol};
use crate::lang::{CallSite, Guard, Language};

use super::access::{Style, Styles};
use super::source::{Lines, Source, fold, mentions, quote};
use super::{DraftError, Drafter, Scene};

use table::{Row, Table};

/// Bytes of files outside the change that one review reads for it.
const READ: usize = 2_000_000;
/// Names that are looked up in the index.
const NAMES: usize = 400;
/// More definitions of one name than this say nothing about a call.
const DEFINITIONS: usize = 3;
/// Uses that are looked at of all names together, and what each look-up counts for.
const USES: usize = 20_000;
const LOOK_UP: usize = 50;

pub(super) struct Deviation {
    pub assets: Assets,
}

impl Drafter for Deviation {
    fn name(&self) -> &'static str {
        "deviation"
    }

    fn draft(&self, scene: &Scene<'_>) -> Result<Vec<Hypothesis>, DraftError> {
        let (table, styles) = (Table::load(&self.assets)?, Styles::load(&self.assets)?);
        let work = Work::begin(scene, &table, &styles)?;
        let mut found = Vec::new();
        for part in &work.parts {
            found.extend(nothing::find(&work, part)?);
            found.extend(caller::find(&work, part)?);
            found.extend(member::find(&work, part)?);
            found.extend(paste::find(&work, part));
            found.extend(sibling::find(&work, part)?);
            found.extend(belief::find(&work, part)?);
            found.extend(unset::find(&work, part)?);
        }
        found.extend(text::find(&work)?);
        Ok(found)
    }
}

/// A file of the change.
struct Part<'a> {
    file: &'a ChangedFile,
    lines: Lines,
    /// Head lines at which the change did something.
    touched: BTreeSet<u32>,
    head: Rc<Read<'a>>,
    calls: Vec<CallSite>,
}

/// A parsed file with its language's facts.
struct Read<'a> {
    source: Arc<Source<'a>>,
    style: &'a Style,
    row: &'a Row,
}

impl Read<'_> {
    /// Guards within a range of bytes.
    fn guards_in(&self, range: &Range<usize>) -> impl Iterator<Item = &Guard> {
        let range = range.clone();
        let guards = self.source.guards().iter();
        guards.filter(move |g| range.start <= g.range.start && g.range.end <= range.end)
    }
}

/// A definition: its path, line and name.
type Key = (String, u32, String);

/// One review's work.
struct Work<'a> {
    scene: &'a Scene<'a>,
    table: &'a Table,
    styles: &'a Styles,
    parts: Vec<Part<'a>>,
    /// Lines of the changed files as they were, white space folded.
    old: HashSet<String>,
    read: RefCell<HashMap<String, Option<Rc<Read<'a>>>>>,
    left: Cell<usize>,
    left_uses: Cell<usize>,
    uses: RefCell<HashMap<Key, Rc<Vec<Reference>>>>,
    symbols: RefCell<BTreeMap<String, Rc<Vec<Symbol>>>>,
}

impl<'a> Work<'a> {
    fn begin(
        scene: &'a Scene<'a>,
        table: &'a Table,
        styles: &'a Styles,
    ) -> Result<Self, DraftError> {
        let mut work = Self {
            scene,
            table,
            styles,
            parts: Vec::new(),
            old: HashSet::new(),
            read: RefCell::default(),
            left: Cell::new(READ),
            left_uses: Cell::new(USES),
            uses: RefCell::default(),
            symbols: RefCell::default(),
        };
        let languages = scene.head.languages();
        for file in scene.change.files.iter().filter(|f| f.content == Content::Text) {
            let removed = file.removed_lines().map(|(_, text)| fold(text));
            work.old.extend(removed.filter(|l| !l.is_empty()));
        }
        for path in scene.files {
            let Some(file) = scene.change.file(path) else { continue };
            if file.content != Content::Text || languages.is_test_path(path) {
                continue;
            }
            let Some(source) = scene.source(Side::New, path) else { continue };
            let Some(head) = work.known(source.clone()).map(Rc::new) else { continue };
            let calls = head.source.language.calls(&head.source.tree, &head.source.text);
            work.read.borrow_mut().insert(path.clone(), Some(head.clone()));
            let (lines, touched) = (Lines::of(file), file.touched_lines());
            work.parts.push(Part { file, lines, touched, head, calls });
        }
        Ok(work)
    }

    fn known(&self, source: Arc<Source<'a>>) -> Option<Read<'a>> {
        let (style, row) = (self.styles.of(&source)?, self.table.of(&source)?);
        Some(Read { source, style, row })
    }

    /// A file of the head; `None` if it cannot be parsed, or too much was read already.
    fn file(&self, path: &str) -> Result<Option<Rc<Read<'a>>>, DraftError> {
        if let Some(known) = self.read.borrow().get(path) {
            return Ok(known.clone());
        }
        let snapshot = self.scene.head.snapshot();
        let size = snapshot.entry(path).map_or(0, |e| e.size as usize);
        let Some(left) = self.left.get().checked_sub(size) else { return Ok(None) };
        self.left.set(left);
        let languages = self.scene.head.languages();
        let source = Source::bare(languages, snapshot, path)?;
        let read = source.and_then(|s| self.known(Arc::new(s))).map(Rc::new);
        self.read.borrow_mut().insert(path.to_owned(), read.clone());
        Ok(read)
    }

    /// Functions of that name which a call in a language may mean.
    fn functions(&self, name: &str, language: &Language) -> Result<Rc<Vec<Symbol>>, DraftError> {
        if let Some(known) = self.symbols.borrow().get(name) {
            return Ok(known.clone());
        }
        if self.symbols.borrow().len() >= NAMES {
            return Ok(Rc::default());
        }
        let (head, languages) = (self.scene.head, self.scene.head.languages());
        let same =
            |path: &str| head.language(path).is_some_and(|l| l.family() == language.family());
        let mut symbols = head.symbols(name)?;
        symbols.retain(|s| s.kind.is_callable() && same(&s.path));
        symbols.retain(|s| !languages.is_test_path(&s.path));
        let symbols = Rc::new(symbols);
        self.symbols.borrow_mut().insert(name.to_owned(), symbols.clone());
        Ok(symbols)
    }

    /// Uses of a name; none once enough were looked at.
    fn look_up(&self, name: &str, target: Option<&Symbol>) -> Result<Vec<Reference>, DraftError> {
        let Some(left) = self.left_uses.get().checked_sub(LOOK_UP) else { return Ok(Vec::new()) };
        let uses = self.scene.head.references(name, target)?;
        self.left_uses.set(left.saturating_sub(uses.len()));
        Ok(uses)
    }

    /// Uses of a function, the certain ones only.
    fn uses(&self, symbol: &Symbol) -> Result<Rc<Vec<Reference>>, DraftError> {
        let key = (symbol.path.clone(), symbol.line, symbol.name.clone());
        if let Some(known) = self.uses.borrow().get(&key) {
            return Ok(known.clone());
        }
        let mut uses = self.look_up(&symbol.name, Some(symbol))?;
        uses.retain(|r| r.call && r.certainty >= Certainty::ByImport);
        let uses = Rc::new(uses);
        self.uses.borrow_mut().insert(key, uses.clone());
        Ok(uses)
    }

    /// The one function of the repository that a call of the change means.
    fn callee(&self, part: &Part<'_>, call: &CallSite) -> Result<Option<Symbol>, DraftError> {
        let source = &part.head.source;
        if call.name.len() < 3 {
            return Ok(None);
        }
        let symbols = self.functions(&call.name, source.language)?;
        if symbols.is_empty() || symbols.len() > DEFINITIONS {
            return Ok(None);
        }
        let mut meant = None;
        for symbol in symbols.iter() {
            let here = |r: &&Reference| r.path == source.path && r.line == call.line;
            let uses = self.uses(symbol)?;
            if !uses.iter().filter(here).any(|r| self.means(source, r, symbol)) {
                continue;
            }
            if meant.is_some() {
                return Ok(None);
            }
            meant = Some(symbol.clone());
        }
        Ok(meant)
    }

    /// Whether a use of a unique name very likely means its only definition: objects of
    /// other libraries have methods too.
    fn means(&self, source: &Source<'_>, used: &Reference, symbol: &Symbol) -> bool {
        let Some(receiver) = used.receiver.as_deref() else { return true };
        let own = source.language.self_names().iter().any(|n| n == receiver);
        if own || used.certainty == Certainty::Exact {
            return true;
        }
        let home = symbol.qualified.strip_suffix(&symbol.name).unwrap_or_default();
        let class = home.trim_end_matches(['.', ':', '#']);
        let class = class.rsplit(['.', ':', '#']).next().unwrap_or_default();
        let alike = |a: &str, b: &str| {
            let plain = |t: &str| t.to_lowercase().replace('_', "");
            let (a, b) = (plain(a), plain(b));
            a.len() > 2 && b.contains(&a)
        };
        let last = receiver.rsplit(['.', '>', ':']).next().unwrap_or(receiver);
        let long = symbol.name.contains('_') || symbol.name.chars().skip(1).any(char::is_uppercase);
        class.is_empty()
            || mentions(&source.text, class)
            || alike(last, class)
            || (long && symbol.name.len() >= 8)
    }

    /// The other calls of a function, without those in tests and those that the change
    /// writes.
    fn others(&self, symbol: &Symbol) -> Result<Vec<Reference>, DraftError> {
        let mut others = Vec::new();
        for used in self.uses(symbol)?.iter() {
            let written = self
                .parts
                .iter()
                .find(|p| p.file.path == used.path)
                .is_some_and(|p| p.lines.added.contains(&used.line));
            let inside =
                used.path == symbol.path && (symbol.start..=symbol.end).contains(&used.line);
            if !written && !inside && self.speaks(&used.path) {
                others.push(used.clone());
            }
        }
        Ok(others)
    }

    /// Whether what a file does shows what the repository believes.
    fn speaks(&self, path: &str) -> bool {
        !self.scene.head.languages().is_test_path(path) && !self.table.aside.is_match(path)
    }

    /// Whether a line of the head is new, and not moved from elsewhere.
    fn fresh(&self, part: &Part<'_>, line: u32) -> bool {
        part.lines.added.contains(&line) && !self.old.contains(&fold(part.head.source.line(line)))
    }
}

/// What is said of a place in a changed file.
struct Told<'a> {
    /// Which of the questions.
    rule: &'static str,
    kind: &'a str,
    title: String,
    mechanism: String,
    assumption: String,
    question: String,
    prior: f64,
    severity: f64,
    fix: String,
    checked: Vec<String>,
    unchecked: Vec<String>,
}

/// A hypothesis at lines of a changed file, with more evidence behind the quote of them.
fn hypothesis(
    part: &Part<'_>,
    (start, end): (u32, u32),
    told: Told<'_>,
    more: Vec<Evidence>,
) -> Hypothesis {
    let source = &part.head.source;
    let around = source
        .definitions
        .iter()
        .filter(|d| d.kind.is_callable() && d.start <= start && end <= d.end)
        .min_by_key(|d| d.range.len());
    let symbol = around.map(|d| d.qualified.clone());
    let text = quote(&source.lines(start, end), 6);
    hypothesis_at(&source.path, (start, end), text, symbol, told, more)
}

/// As [`hypothesis`], for a file in any language.
fn hypothesis_at(
    path: &str,
    (start, end): (u32, u32),
    text: String,
    symbol: Option<String>,
    told: Told<'_>,
    more: Vec<Evidence>,
) -> Hypothesis {
    let mut evidence = vec![Evidence {
        source: Place::Diff { path: path.to_owned(), start, end, side: Side::New },
        quote: text,
        note: None,
    }];
    evidence.extend(more);
    Hypothesis {
        id: String::new(),
        origin: Origin::Impact,
        rule: Some(told.rule.to_owned()),
        kind: told.kind.to_owned(),
        title: told.title,
        location: Location::new(path, start, end),
        symbol,
        mechanism: told.mechanism,
        assumption: told.assumption,
        questions: vec![told.question],
        prior: told.prior,
        severity: told.severity,
        evidence,
        fix: Some(Fix { text: told.fix, patch: None }),
        checked: told.checked,
        unchecked: told.unchecked,
    }
}

/// A quote of a file of the head.
fn shown(source: &Source<'_>, start: u32, end: u32, note: &str) -> Evidence {
    Evidence {
        source: Place::File { path: source.path.clone(), start, end },
        quote: quote(&source.lines(start, end), 4),
        note: Some(note.to_owned()),
    }
}
