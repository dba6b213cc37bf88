//! References and how sure it is what they mean.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, PoisonError};

use rusqlite::params;

use crate::lang::{Import, Language, SymbolKind};
use crate::store::StoreError;

use super::import::{Sight, home};
use super::view::{View, segments};
use super::{Certainty, IndexError, Reference, Symbol, parse};

/// More definitions than this are weighed against a use only in its own file:
/// of a name like `new` there are thousands of both.
const MANY: usize = 50;
/// Most characters of a shown source line.
const LINE: usize = 300;

impl View {
    /// Uses of a name, by path and line; with `target`, certainty is against that
    /// definition. Their text is left empty until [`Self::quote`] fills it: of a
    /// common name there are thousands, and a reader is shown a page of them.
    pub fn references(
        &self,
        name: &str,
        target: Option<&Symbol>,
    ) -> Result<Vec<Reference>, IndexError> {
        let Some(last) = segments(name).last().copied() else { return Ok(Vec::new()) };
        let definitions = self.symbols(last)?;
        let mut families: HashMap<&str, usize> = HashMap::new();
        for definition in &definitions {
            if let Some(language) = self.language(&definition.path) {
                *families.entry(language.family()).or_default() += 1;
            }
        }
        let targets: Vec<Target<'_>> = match target {
            Some(target) => vec![Target::new(self, target)],
            None => definitions.iter().map(|symbol| Target::new(self, symbol)).collect(),
        };
        let mut references = Vec::new();
        let uses = self.uses(last)?;
        let weighed: HashSet<&str> = targets.iter().map(|t| t.symbol.path.as_str()).collect();
        // What nothing is weighed against needs no imports.
        let needs = |file: &i64| {
            let in_it = |path: &String| weighed.contains(path.as_str());
            match targets.len() {
                ..=MANY => !targets.is_empty(),
                _ => self.tree.paths_of(*file).iter().any(in_it),
            }
        };
        let needed: Vec<i64> = uses.keys().copied().filter(needs).collect();
        let imports = self.imports_of_files(&needed)?;
        let around = self.around(&uses)?;
        for (file, rows) in uses {
            let imports = imports.get(&file).map(|i| &**i).unwrap_or_default();
            for path in self.tree.paths_of(file) {
                let near: Vec<&Target<'_>> = targets
                    .iter()
                    .filter(|t| targets.len() <= MANY || t.symbol.path == *path)
                    .collect();
                let language = self.language(path);
                // Only namespaces are looked for in it.
                let outline = match language {
                    Some(language)
                        if language.import_rules().namespace_scope
                            && near.iter().any(|t| t.symbol.path == *path) =>
                    {
                        self.outline(path)?
                    }
                    _ => Vec::new(),
                };
                let place = Place {
                    path,
                    language,
                    imports: imports.iter().map(|import| (import, import.binding())).collect(),
                    alone: language.is_some_and(|l| families.get(l.family()) == Some(&1)),
                    outline: &outline,
                    view: self,
                    led: RefCell::default(),
                };
                for (line, flags, receiver, within) in &rows {
                    let within = within.and_then(|n| around.get(&(file, n)));
                    let used = Used {
                        call: flags & parse::CALL != 0,
                        local: flags & parse::LOCAL != 0,
                        receiver: receiver.as_deref(),
                        within: within.map(String::as_str),
                    };
                    let sure = |t: &&Target<'_>| place.certainty(&used, t);
                    let certainty = near.iter().map(sure).max().unwrap_or(Certainty::ByName);
                    references.push(Reference {
                        path: path.clone(),
                        line: *line,
                        name: last.to_owned(),
                        call: used.call,
                        receiver: receiver.clone(),
                        within: within.cloned(),
                        certainty,
                        text: String::new(),
                    });
                }
            }
        }
        references.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        Ok(references)
    }

    /// Fills in the source lines of references.
    pub fn quote<'r>(
        &self,
        references: impl IntoIterator<Item = &'r mut Reference>,
    ) -> Result<(), IndexError> {
        for reference in references {
            let text = self.snapshot.text(&reference.path)?;
            let line = text.as_ref().and_then(|t| t.line(reference.line)).unwrap_or_default();
            reference.text = line.trim().chars().take(LINE).collect();
        }
        Ok(())
    }

    /// The qualified names of the symbols around uses, by file and number. One query
    /// reads them all: each by itself takes longer to begin and to end than to run.
    fn around(&self, uses: &Uses) -> Result<HashMap<(i64, usize), String>, IndexError> {
        let mut wanted: Vec<(i64, usize)> = Vec::new();
        for (file, rows) in uses {
            wanted.extend(rows.iter().filter_map(|(.., within)| Some((*file, (*within)?))));
        }
        wanted.sort_unstable();
        wanted.dedup();
        let list = serde_json::to_string(&wanted).map_err(StoreError::from)?;
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT s.file, s.n, s.qualified FROM json_each(?1) CROSS JOIN index_symbols s
             ON s.file = value ->> 0 AND s.n = value ->> 1",
        )?;
        let mut rows = statement.query([list])?;
        let mut around = HashMap::with_capacity(wanted.len());
        while let Some(row) = rows.next()? {
            around.insert((row.get(0)?, row.get::<_, i64>(1)? as usize), row.get(2)?);
        }
        Ok(around)
    }

    fn uses(&self, name: &str) -> Result<Uses, IndexError> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached("SELECT file, uses FROM index_uses WHERE name = ?1")?;
        let mut rows = statement.query(params![name])?;
        let mut uses = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let file: i64 = row.get(0)?;
            if !self.tree.paths_of(file).is_empty() {
                let packed: String = row.get(1)?;
                uses.insert(file, serde_json::from_str(&packed).map_err(StoreError::from)?);
            }
        }
        Ok(uses)
    }

    /// What a file of the tree imports, in the order of its lines.
    pub fn imports_of(&self, path: &str) -> Result<Arc<[Import]>, IndexError> {
        let Some(file) = self.tree.file(path) else { return Ok(Arc::default()) };
        Ok(self.imports_of_files(&[file])?.remove(&file).unwrap_or_default())
    }

    /// They are kept: reading them anew takes much of the time of a look-up of a common
    /// name, and those of 5,000 files take some 15 MB. One query reads those of all
    /// files, since there may be hundreds with few imports each.
    fn imports_of_files(&self, files: &[i64]) -> Result<HashMap<i64, Arc<[Import]>>, IndexError> {
        let mut kept = self.imports.lock().unwrap_or_else(PoisonError::into_inner);
        let mut missing: HashMap<i64, Vec<Import>> =
            files.iter().filter(|f| !kept.contains_key(f)).map(|f| (*f, Vec::new())).collect();
        if !missing.is_empty() {
            let list = serde_json::to_string(&missing.keys().collect::<Vec<_>>());
            let connection = self.connection();
            let mut statement = connection.prepare_cached(
                "SELECT i.file, i.module, i.name, i.alias, i.line
                 FROM json_each(?1) CROSS JOIN index_imports i ON i.file = value",
            )?;
            let mut rows = statement.query([list.map_err(StoreError::from)?])?;
            while let Some(row) = rows.next()? {
                let (module, name) = (row.get(1)?, row.get(2)?);
                let import = Import { module, name, alias: row.get(3)?, line: row.get(4)? };
                missing.entry(row.get(0)?).or_default().push(import);
            }
        }
        kept.extend(missing.into_iter().map(|(file, mut imports)| {
            imports.sort_by_key(|import| import.line);
            (file, imports.into())
        }));
        Ok(files.iter().filter_map(|f| Some((*f, kept.get(f)?.clone()))).collect())
    }
}

/// Uses of one name, by file.
type Uses = BTreeMap<i64, Vec<parse::Row>>;

/// A file with uses.
struct Place<'a> {
    path: &'a str,
    language: Option<&'a Language>,
    /// With the names under which the file knows them.
    imports: Vec<(&'a Import, &'a str)>,
    /// Whether one definition alone has the name in this language's family.
    alone: bool,
    /// Symbols of the file; empty if no target is in it.
    outline: &'a [Symbol],
    view: &'a View,
    /// Whether an import, by its number, leads to a target: each is asked about for
    /// every use.
    led: RefCell<HashMap<(usize, *const Symbol), bool>>,
}

/// A definition that a use may mean. What is asked of it for every use is worked
/// out once.
struct Target<'a> {
    symbol: &'a Symbol,
    language: Option<&'a Language>,
    /// Its containers.
    home: Vec<&'a str>,
    /// The type that it is a member of.
    container: Option<&'a str>,
    /// Names by which code speaks of its place: its containers, its folders, its file.
    near: Vec<&'a str>,
}

impl<'a> Target<'a> {
    fn new(view: &'a View, symbol: &'a Symbol) -> Self {
        let home = home(symbol);
        let container = home.last().copied().filter(|_| symbol.kind == SymbolKind::Method);
        let near = symbol.path.split(['/', '.']).chain(home.iter().copied()).collect();
        Self { symbol, language: view.language(&symbol.path), home, container, near }
    }
}

struct Used<'a> {
    call: bool,
    /// Whether the receiver begins with a local name.
    local: bool,
    receiver: Option<&'a str>,
    /// Qualified name of the symbol around it.
    within: Option<&'a str>,
}

impl Place<'_> {
    fn certainty(&self, used: &Used<'_>, target: &Target<'_>) -> Certainty {
        let (Some(language), Some(theirs)) = (self.language, target.language) else {
            return Certainty::ByName;
        };
        if language.family() != theirs.family() {
            return Certainty::ByName;
        }
        if self.path == target.symbol.path && self.in_scope(language, used, target) {
            return Certainty::Exact;
        }
        let sight = Sight { path: self.path, rules: language.import_rules(), view: self.view };
        if self.imported(language, &sight, used, target) || beside(language, &sight, used, target) {
            return Certainty::ByImport;
        }
        if self.alone && used.call && fits(language, used, target) {
            return Certainty::ByImport;
        }
        Certainty::ByName
    }

    /// Whether an import of this file makes the used name the target's.
    fn imported(
        &self,
        language: &Language,
        sight: &Sight<'_>,
        used: &Used<'_>,
        target: &Target<'_>,
    ) -> bool {
        let root = used.receiver.map(root);
        let last = used.receiver.and_then(|r| segments(r).pop());
        let (name, container) = (&target.symbol.name, target.container);
        self.imports.iter().enumerate().any(|(n, (import, binding))| {
            let whole = import.name.as_deref() == Some("*");
            // The name that the import would have to bring for this use.
            let bound = match (root, container) {
                (None, None) => whole || binding == name,
                // Java's static imports.
                (None, Some(container)) => {
                    (whole || binding == name)
                        && segments(&import.module).last() == Some(&container)
                }
                (Some(root), Some(container)) if whole => {
                    root == container || !language.is_ambient(name)
                }
                (Some(root), None) if whole => !used.local && target.near.contains(&root),
                // `Class.name`, `module.Class.name`; what else is imported may be of
                // another type.
                (Some(root), Some(container)) => {
                    let named = [last, import.name.as_deref()].contains(&Some(container));
                    !used.local && *binding == root && named
                }
                // `module.name`.
                (Some(root), None) => !used.local && *binding == root,
            };
            bound && self.leads(n, sight, target.symbol)
        })
    }

    fn leads(&self, n: usize, sight: &Sight<'_>, target: &Symbol) -> bool {
        let known = &mut *self.led.borrow_mut();
        let key = (n, std::ptr::from_ref(target));
        *known.entry(key).or_insert_with(|| sight.leads_to(self.imports[n].0, target))
    }

    /// Whether a use in the target's own file sees the target.
    fn in_scope(&self, language: &Language, used: &Used<'_>, target: &Target<'_>) -> bool {
        let home = &target.home;
        let here = used.within.map(segments).unwrap_or_default();
        let inside = here.starts_with(home);
        match (target.container, used.receiver) {
            // `self.total()` inside the class.
            (Some(_), Some(receiver)) if is_self(language, receiver) => inside,
            // `Cart.total()`.
            (Some(container), Some(receiver)) => receiver == container,
            (Some(_), None) => language.implicit_receiver() && inside,
            // A namespace around it is no symbol and hides nothing in its file.
            (None, None) => {
                inside
                    || (language.import_rules().namespace_scope
                        && !self.outline.iter().any(|s| is_home(s, home)))
            }
            // `module::name` of the same file.
            (None, Some(receiver)) => !used.local && home.last().is_some_and(|m| *m == receiver),
        }
    }
}

fn is_home(symbol: &Symbol, home: &[&str]) -> bool {
    segments(&symbol.qualified) == home
}

fn is_self(language: &Language, receiver: &str) -> bool {
    language.self_names().iter().any(|n| n == receiver)
}

/// The first name of a receiver.
fn root(receiver: &str) -> &str {
    receiver.split(['.', ':', '(', '[', '?', '-', '!']).next().unwrap_or(receiver)
}

/// Whether a use in another file sees the target without an import: in the same
/// package, module or namespace.
fn beside(language: &Language, sight: &Sight<'_>, used: &Used<'_>, target: &Target<'_>) -> bool {
    let plain = match (target.container, used.receiver) {
        (None, None) => true,
        (Some(container), Some(receiver)) => {
            (receiver == container && !used.local)
                || (is_self(language, receiver) && language.import_rules().namespace_scope)
        }
        // The other half of a class: C++'s header and source, C#'s partial class.
        (Some(_), None) => language.implicit_receiver() && language.import_rules().namespace_scope,
        // `Shop.Models.Item`, written out.
        (None, Some(receiver)) => {
            return language.import_rules().namespace_scope
                && !used.local
                && !segments(receiver).is_empty()
                && target.home.ends_with(&segments(receiver));
        }
    };
    plain && sight.beside(target.symbol, used.within)
}

/// Whether a use has the form that the target's kind asks for.
fn fits(language: &Language, used: &Used<'_>, target: &Target<'_>) -> bool {
    let ambient = || language.is_ambient(&target.symbol.name);
    match (target.container, used.receiver) {
        (Some(_), Some(_)) => !ambient(),
        (Some(_), None) => language.implicit_receiver() && !ambient(),
        (None, None) => true,
        (None, Some(receiver)) => {
            // `pricing.total()` fits a function of `pricing.go`'s folder or file.
            !used.local && segments(receiver).last().is_some_and(|last| target.near.contains(last))
        }
    }
}
