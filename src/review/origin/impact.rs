//! Calls that a change leaves behind: a function's parameters changed, or the
//! function went away, and code that the change does not touch still calls it
//! the old way.
//!
//! A call counts only if it fitted the parameters before the change, does not
//! fit those after, and surely means this function.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::change::{ChangeError, ChangedFile, folder};
use crate::finding::{Evidence, Fix, Hypothesis, Location, Origin, Side, Source as Place};
use crate::impact::{Alteration, parameter_alterations};
use crate::index::{Certainty, Reference, Symbol};
use crate::lang::{CallSite, Definition, Parameter, SymbolKind};

use super::fit::{Arity, Misfit, misfit, shift};
use super::link::{nested, path_parts, shadowed};
use super::source::{Compared, Lines, Source, binds, fold, in_hunk, mentions, quote};
use super::{DraftError, Drafter, Scene};

mod gone;

/// Most callers that are shown.
const SHOWN: usize = 4;

/// Decorators of Python that leave the parameters as they are.
const TRANSPARENT: [&str; 12] = [
    "staticmethod",
    "classmethod",
    "contextmanager",
    "asynccontextmanager",
    "cache",
    "lru_cache",
    "abstractmethod",
    "override",
    "final",
    "wraps",
    "no_type_check",
    "deprecated",
];

pub(super) struct Impact;

/// Whether a path is that of a C or C++ header.
fn is_header(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| extension.starts_with('h'))
}

impl Drafter for Impact {
    fn name(&self) -> &'static str {
        "changed signature"
    }

    fn draft(&self, scene: &Scene<'_>) -> Result<Vec<Hypothesis>, DraftError> {
        let mut found = Vec::new();
        let mut callers = Callers::new();
        for Compared { file, lines, base, head } in scene.compared() {
            let mut search = Search { scene, file, lines, base, head, callers: &mut callers };
            search.changed(&mut found)?;
            search.gone(&mut found)?;
        }
        Ok(found)
    }
}

/// Parsed files of callers, by path; those of several changed files are often the same.
type Callers<'a> = BTreeMap<String, Option<Source<'a>>>;

struct Search<'a, 'c> {
    scene: &'a Scene<'a>,
    file: &'a ChangedFile,
    lines: Lines,
    base: &'a Source<'a>,
    head: &'a Source<'a>,
    callers: &'c mut Callers<'a>,
}

/// A function whose parameters changed.
struct Changed {
    name: String,
    qualified: String,
    /// The class, for a method or a constructor.
    class: Option<String>,
    /// Calls name the class.
    constructor: bool,
    definition: Definition,
    old_signature: (u32, String),
    old: Vec<Parameter>,
    new: Vec<Parameter>,
}

/// A call left behind.
struct Left {
    path: String,
    line: u32,
    end: u32,
    within: Option<String>,
    text: String,
    misfit: Misfit,
    test: bool,
    sure: bool,
}

impl Search<'_, '_> {
    fn changed(&mut self, found: &mut Vec<Hypothesis>) -> Result<(), DraftError> {
        let functions: Vec<Changed> =
            self.head.definitions.iter().filter_map(|d| self.compare(d)).collect();
        for function in functions {
            let left = self.left_behind(&function)?;
            found.extend(self.hypothesis(&function, &left));
        }
        Ok(())
    }

    fn compare(&self, new: &Definition) -> Option<Changed> {
        let (base, head) = (&self.base, &self.head);
        if !new.kind.is_callable() {
            return None;
        }
        let old = base.only(&new.qualified)?;
        head.only(&new.qualified)?;
        let before = base.language.parameters(&base.tree, &base.text, old);
        let after = head.language.parameters(&head.tree, &head.text, new);
        let altered = parameter_alterations(head.language, &before, &after);
        if !altered.iter().any(Alteration::alters_calls)
            || base.broken(old)
            || head.broken(new)
            || self.opaque(head, new)
            || self.opaque(base, old)
            || nested(head, new)
        {
            return None;
        }
        let separator = head.language.separator();
        let class = (new.kind == SymbolKind::Method)
            .then(|| {
                let owner = new.qualified.strip_suffix(&new.name)?;
                let owner = owner.trim_end_matches(['.', ':', '#']);
                owner.rsplit(separator).next().map(str::to_owned)
            })
            .flatten()
            .filter(|c| !c.is_empty());
        let constructor = class.is_some()
            && ["__init__", "constructor", "__construct"].contains(&new.name.as_str());
        Some(Changed {
            name: if constructor { class.clone()? } else { new.name.clone() },
            qualified: new.qualified.clone(),
            class,
            constructor,
            definition: new.clone(),
            old_signature: (old.line, old.signature.clone()),
            old: before,
            new: after,
        })
    }

    /// Whether a decorator may change what callers pass.
    fn opaque(&self, source: &Source<'_>, definition: &Definition) -> bool {
        if source.language.family() != "python" {
            return false;
        }
        (definition.start..definition.line)
            .map(|n| source.line(n).trim())
            .filter_map(|l| l.strip_prefix('@'))
            .any(|l| {
                let name = l.split(['(', ' ']).next().unwrap_or(l);
                let name = name.rsplit('.').next().unwrap_or(name);
                !TRANSPARENT.contains(&name)
            })
    }

    fn left_behind(&mut self, function: &Changed) -> Result<Vec<Left>, DraftError> {
        let scene = self.scene;
        let wanted = if function.constructor {
            let class = function.qualified.strip_suffix(&function.definition.name);
            class.map_or("", |c| c.trim_end_matches(['.', ':', '#']))
        } else {
            function.qualified.as_str()
        };
        let symbols = scene.head.symbols(&function.name)?;
        let target =
            symbols.iter().find(|s| s.path == self.head.path && s.qualified == wanted).cloned();
        let Some(target) = target else { return Ok(Vec::new()) };
        // With a second definition of that name, a method call may mean either.
        let others = || symbols.iter().filter(|s| s.path != target.path || s.line != target.line);
        let alone = others().count() == 0;
        let same = |s: &Symbol| s.qualified == target.qualified;
        // A header speaks for its source: it has the defaults, and one finding is
        // enough.
        if self.head.language.family() == "c"
            && function.definition.body.is_some()
            && others().any(|s| same(s) && is_header(&s.path))
        {
            return Ok(Vec::new());
        }
        // Any other function of that name may be meant.
        if self.head.language.has_overloads() && others().any(|s| !same(s)) {
            return Ok(Vec::new());
        }
        let mut left = Vec::new();
        let mut references = scene.head.references(&function.name, Some(&target))?;
        references.retain(|reference| reference.call && self.may_mean(function, reference));
        self.load(references.iter().map(|r| r.path.as_str()))?;
        for reference in references {
            let Some(Some(caller)) = self.callers.get(&reference.path) else { continue };
            let Some(sure) = self.means(function, &reference, caller, alone) else { continue };
            let calls = caller.language.calls(&caller.tree, &caller.text);
            for call in calls.iter().filter(|c| c.line == reference.line && c.name == function.name)
            {
                if call.receiver.is_some() != reference.receiver.is_some() {
                    continue;
                }
                let Some(misfit) = self.judge(function, caller, call) else { continue };
                left.push(Left {
                    path: reference.path.clone(),
                    line: call.line,
                    end: call.end,
                    within: reference.within.clone(),
                    text: quote(&caller.lines(call.line, call.end), 4),
                    misfit,
                    test: scene.head.languages().is_test_path(&reference.path),
                    sure,
                });
            }
        }
        left.sort_by(|a, b| (a.test, &a.path, a.line).cmp(&(b.test, &b.path, b.line)));
        left.dedup_by(|a, b| a.path == b.path && a.line == b.line);
        Ok(left)
    }

    /// Parses the files that are not parsed yet, several at a time: where a name is common
    /// this is most of the work of a review.
    fn load<'p>(&mut self, paths: impl Iterator<Item = &'p str>) -> Result<(), DraftError> {
        let new: BTreeSet<&str> = paths.filter(|p| !self.callers.contains_key(*p)).collect();
        let (languages, snapshot) = (self.scene.head.languages(), self.scene.head.snapshot());
        let read = new.into_par_iter().map(|path| {
            Source::read(languages, snapshot, path).map(|source| (path.to_owned(), source))
        });
        self.callers.extend(read.collect::<Result<Vec<_>, ChangeError>>()?);
        Ok(())
    }

    /// Whether a reference may mean a function, by what is known before its file is
    /// parsed: [`Self::means`] says no to all others.
    fn may_mean(&self, function: &Changed, reference: &Reference) -> bool {
        let sure = reference.certainty >= Certainty::ByImport;
        match function.class.is_none() || function.constructor {
            true => sure,
            false => reference.receiver.is_some() && (sure || reference.path == self.head.path),
        }
    }

    /// Whether a call surely means the function (`Some(true)`), very likely does
    /// (`Some(false)`), or may mean another (`None`).
    fn means(
        &self,
        function: &Changed,
        reference: &Reference,
        caller: &Source<'_>,
        alone: bool,
    ) -> Option<bool> {
        if caller.language.family() != self.head.language.family() {
            return None;
        }
        let here = reference.path == self.head.path;
        if function.class.is_none() || function.constructor {
            if here {
                // A bare call may mean a parameter or local of that name.
                return (reference.receiver.is_none() && !shadowed(caller, reference))
                    .then_some(true);
            }
            let defined = caller.definitions.iter().any(|d| d.name == function.name);
            return (!defined && self.linked(caller, reference, &function.name)).then_some(true);
        }
        let class = function.class.as_deref()?;
        let receiver = reference.receiver.as_deref()?;
        let own = caller.language.self_names().iter().any(|n| n == receiver);
        if own {
            let inside = reference
                .within
                .as_deref()
                .is_some_and(|w| w.split(['.', ':', '#', '\\']).any(|part| part == class));
            return (here && inside && receiver != "super()" && receiver != "super")
                .then_some(true);
        }
        // `Class.method(object, ...)` passes the object too.
        let direct = receiver.rsplit(['.', ':']).next() == Some(class);
        let known = mentions(&caller.text, class);
        let likely = alone
            && !direct
            && known
            && function.name.len() > 3
            && !function.name.starts_with("__")
            && !caller.language.is_ambient(&function.name)
            && reference.certainty >= Certainty::ByImport;
        likely.then_some(false)
    }

    /// Whether a file brings the name in from the changed file.
    fn linked(&self, caller: &Source<'_>, reference: &Reference, name: &str) -> bool {
        let imports = caller.language.imports(&caller.tree, &caller.text);
        let parts = path_parts(&self.head.path);
        let from_here = |module: &str| {
            let last =
                module.rsplit(['.', '/', ':']).find(|p| !p.is_empty() && *p != "js" && *p != "ts");
            last.is_none_or(|last| parts.iter().any(|p| p == last))
        };
        match self.head.language.family() {
            "go" => match reference.receiver.as_deref() {
                None => folder(&caller.path) == folder(&self.head.path),
                Some(package) => {
                    imports.iter().any(|i| i.binding() == package && from_here(&i.module))
                }
            },
            "python" | "ecma" => match reference.receiver.as_deref() {
                None => imports.iter().any(|i| {
                    i.binding() == name
                        && i.name.as_deref().is_none_or(|n| n == name || n == "default")
                        && from_here(&i.module)
                }),
                Some(module) => imports.iter().any(|i| {
                    let names = i.name.as_deref().unwrap_or(&i.module);
                    (i.binding() == module || i.module == module)
                        && (from_here(names) || parts.iter().any(|p| p == names))
                }),
            },
            "java" => true,
            _ => reference.certainty >= Certainty::ByImport,
        }
    }

    fn judge(&self, function: &Changed, caller: &Source<'_>, call: &CallSite) -> Option<Misfit> {
        let arity = Arity::of(&caller.language.name);
        let text = caller.slice(&call.range);
        // In Go one call may fill several parameters.
        if caller.language.name == "go" && call.positional == 1 && text.matches('(').count() > 1 {
            return None;
        }
        if misfit(call, &function.old, arity).is_some() {
            return None;
        }
        let updated = self
            .scene
            .change
            .file(&caller.path)
            .is_some_and(|f| f.added_lines().any(|(n, _)| (call.line..=call.end).contains(&n)));
        // A trial of both ways of calling.
        let tried = caller.guards().iter().any(|g| {
            g.kind == "try"
                && (g.start..=g.end).contains(&call.line)
                && g.subject
                    .as_deref()
                    .is_some_and(|s| s.contains("TypeError") || s.contains("ArgumentError"))
        });
        if tried {
            return None;
        }
        let wrong = misfit(call, &function.new, arity);
        let wrong = match wrong {
            // JavaScript: only a parameter that is new and used like an object.
            Some(Misfit::Missing(names)) if arity == Arity::Lenient => {
                let needed: Vec<String> = names
                    .into_iter()
                    .filter(|n| !function.old.iter().any(|p| p.name == *n))
                    .filter(|n| {
                        let body =
                            function.definition.body.unwrap_or(function.definition.range.start);
                        let body = self.head.slice(&(body..function.definition.range.end));
                        mentions(body, n)
                            && (body.contains(&format!("{n}.")) || body.contains(&format!("{n}[")))
                            && !body.contains(&format!("{n}?."))
                            && !body.lines().any(|l| binds(l, n) || l.contains(&format!("!{n}")))
                    })
                    .collect();
                (!needed.is_empty()).then_some(Misfit::Missing(needed))
            }
            other => other,
        };
        wrong.or_else(|| if updated { None } else { shift(call, &function.old, &function.new) })
    }

    fn hypothesis(&self, function: &Changed, left: &[Left]) -> Option<Hypothesis> {
        let first = left.first()?;
        let scene = self.scene;
        let definition = &function.definition;
        let reviewed = |path: &str| scene.files.iter().any(|f| f == path);
        let shown = left.iter().find(|l| {
            reviewed(&l.path) && scene.change.file(&l.path).is_some_and(|f| in_hunk(f, l.line))
        });
        let signature = [definition.line, definition.start]
            .into_iter()
            .find(|n| in_hunk(self.file, *n))
            .or_else(|| self.file.anchor(definition.line))?;
        let (location, symbol) = match shown {
            Some(l) => (Location::new(l.path.as_str(), l.line, l.end), l.within.clone()),
            None => (
                Location::line(self.head.path.as_str(), signature),
                Some(function.qualified.clone()),
            ),
        };
        let mut evidence = vec![
            Evidence {
                source: Place::Diff {
                    path: self.base.path.clone(),
                    start: function.old_signature.0,
                    end: function.old_signature.0,
                    side: Side::Old,
                },
                quote: function.old_signature.1.clone(),
                note: Some("the parameters before the change".to_owned()),
            },
            Evidence {
                source: Place::File {
                    path: self.head.path.clone(),
                    start: definition.line,
                    end: definition.line,
                },
                quote: definition.signature.clone(),
                note: Some("the parameters now".to_owned()),
            },
        ];
        for l in left.iter().take(SHOWN) {
            evidence.push(Evidence {
                source: Place::File { path: l.path.clone(), start: l.line, end: l.end },
                quote: l.text.clone(),
                note: Some(l.misfit.to_string()),
            });
        }
        let caller = first.within.as_deref().unwrap_or(&first.path);
        // A call at the top level of a file goes by the file's name.
        let caller_name = match first.within.as_deref() {
            Some(caller) => caller.rsplit(['.', ':', '#', '/']).next().unwrap_or(caller),
            None => first.path.rsplit('/').next().unwrap_or(&first.path),
        };
        let certain = match (&first.misfit, first.test, first.sure) {
            (_, true, _) => 0.7,
            (Misfit::Missing(_), ..) if Arity::of(&self.head.language.name) == Arity::Lenient => {
                0.65
            }
            (Misfit::Shifted { .. }, ..) => 0.8,
            (_, _, false) => 0.85,
            _ => 1.0,
        };
        let name = &function.name;
        let more = match left.len() {
            1 => String::new(),
            n => format!(" {} more calls are left behind too.", n - 1),
        };
        let effect = match self.head.language.family() {
            "php" | "python" | "ruby" => "The call fails when it runs",
            "ecma" if matches!(first.misfit, Misfit::Missing(_)) => {
                "The missing argument is undefined inside"
            }
            "ecma" => "The arguments land on other parameters",
            _ => "The code does not compile",
        };
        let effect = if matches!(first.misfit, Misfit::Shifted { .. }) {
            "The call still runs, with its arguments mixed up"
        } else {
            effect
        };
        let fix = match &first.misfit {
            Misfit::Missing(names) => format!(
                "Pass `{}` at {}:{}, or give it a default.",
                names.join("`, `"),
                first.path,
                first.line
            ),
            _ => format!("Change the call at {}:{} to the new parameters.", first.path, first.line),
        };
        let mut unchecked = Vec::new();
        if !first.sure {
            unchecked.push(format!("the type of the receiver at {}:{}", first.path, first.line));
        }
        Some(Hypothesis {
            id: String::new(),
            origin: Origin::Impact,
            rule: Some("signature".to_owned()),
            kind: "signature_mismatch".to_owned(),
            title: format!("`{caller_name}` still calls `{name}` the old way"),
            location,
            symbol,
            mechanism: format!(
                "The change turns `{}` into `{}`. `{caller}` ({}:{}) {}: `{}`. {effect}.{more}",
                fold(&function.old_signature.1),
                fold(&definition.signature),
                first.path,
                first.line,
                first.misfit,
                fold(&first.text),
            ),
            assumption: format!("every caller of `{name}` was updated"),
            questions: vec![format!(
                "Does the call at {}:{} mean this `{name}`?",
                first.path, first.line
            )],
            prior: scene.config.prior.impact_signature * certain,
            severity: if first.test { 0.35 } else { 0.7 },
            evidence,
            fix: Some(Fix { text: fix, patch: None }),
            checked: vec![
                format!("the call fitted the parameters of `{name}` before the change"),
                match (first.sure, function.class.is_some() && !function.constructor) {
                    (true, true) => format!("it is called on the class that defines `{name}`"),
                    (true, false) => format!("the caller takes `{name}` from {}", self.head.path),
                    (false, _) => {
                        format!("no other definition in the repository is called `{name}`")
                    }
                },
            ],
            unchecked,
        })
    }
}
