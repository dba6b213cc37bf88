//! Functions and classes that went away while a file still imports them.

use crate::finding::{Evidence, Fix, Hypothesis, Location, Origin, Side, Source as Place};
use crate::lang::{Definition, SymbolKind};

use super::super::DraftError;
use super::super::link::resolves;
use super::super::source::{mentions, removal_point};
use super::{SHOWN, Search};

impl Search<'_, '_> {
    /// Functions that went away while a file still imports them.
    pub(super) fn gone(&mut self, found: &mut Vec<Hypothesis>) -> Result<(), DraftError> {
        let family = self.head.language.family().to_owned();
        if !["python", "ecma"].contains(&family.as_str()) || self.head.text.contains("__getattr__")
        {
            return Ok(());
        }
        let imports = self.head.language.imports(&self.head.tree, &self.head.text);
        if imports.iter().any(|i| i.name.as_deref() == Some("*"))
            || self.head.text.contains("export *")
        {
            return Ok(());
        }
        let gone: Vec<Definition> = self
            .base
            .definitions
            .iter()
            .filter(|d| matches!(d.kind, SymbolKind::Function | SymbolKind::Class))
            .filter(|d| d.qualified == d.name && self.lines.removed.contains(&d.line))
            // Any mention may give the name back: an assignment, an export.
            .filter(|d| !mentions(&self.head.text, &d.name))
            .cloned()
            .collect();
        for old in gone {
            let mut users = Vec::new();
            let mut references = self.scene.head.references(&old.name, None)?;
            references.retain(|reference| reference.path != self.head.path);
            self.load(references.iter().map(|r| r.path.as_str()))?;
            for reference in references {
                if users.iter().any(|(p, _)| *p == reference.path) {
                    continue;
                }
                let Some(Some(user)) = self.callers.get(&reference.path) else { continue };
                let import = user.language.imports(&user.tree, &user.text).into_iter().find(|i| {
                    i.name.as_deref() == Some(&old.name)
                        && resolves(&family, &user.path, &i.module, self.file.base_path())
                });
                let Some(import) = import else { continue };
                let tried = user
                    .guards()
                    .iter()
                    .any(|g| g.kind == "try" && (g.start..=g.end).contains(&import.line));
                if !tried {
                    users.push((reference.path.clone(), import.line));
                }
            }
            found.extend(self.gone_hypothesis(&old, &users));
        }
        Ok(())
    }

    fn gone_hypothesis(&self, old: &Definition, users: &[(String, u32)]) -> Option<Hypothesis> {
        let languages = self.scene.head.languages();
        let (path, line) =
            users.iter().find(|(p, _)| !languages.is_test_path(p)).or(users.first())?;
        let line_text = |p: &str, n: u32| match self.callers.get(p) {
            Some(Some(source)) => source.line(n).trim().to_owned(),
            _ => String::new(),
        };
        let name = &old.name;
        let place = removal_point(self.file, old.line)?;
        let mut evidence = vec![Evidence {
            source: Place::Diff {
                path: self.base.path.clone(),
                start: old.line,
                end: old.line,
                side: Side::Old,
            },
            quote: old.signature.clone(),
            note: Some("removed by the change".to_owned()),
        }];
        for (p, n) in users.iter().take(SHOWN) {
            evidence.push(Evidence {
                source: Place::File { path: p.clone(), start: *n, end: *n },
                quote: line_text(p, *n),
                note: Some("still imports it".to_owned()),
            });
        }
        let test = languages.is_test_path(path);
        Some(Hypothesis {
            id: String::new(),
            origin: Origin::Impact,
            rule: Some("removed".to_owned()),
            kind: "signature_mismatch".to_owned(),
            title: format!("`{name}` is gone but still imported"),
            location: Location::line(self.head.path.as_str(), place),
            symbol: None,
            mechanism: format!(
                "The change removes `{name}` from {}, and {path}:{line} still imports it from there: `{}`. The import fails.",
                self.head.path,
                line_text(path, *line)
            ),
            assumption: format!("nothing else uses `{name}`"),
            questions: vec![format!("Is `{name}` still needed at {path}:{line}?")],
            prior: self.scene.config.prior.impact_signature * if test { 0.7 } else { 1.0 },
            severity: if test { 0.35 } else { 0.75 },
            evidence,
            fix: Some(Fix {
                text: format!("Keep `{name}`, or change the import at {path}:{line}."),
                patch: None,
            }),
            checked: vec![format!("{} no longer mentions `{name}`", self.head.path)],
            unchecked: Vec::new(),
        })
    }
}
