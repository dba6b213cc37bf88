//! Where an import leads, and what is seen without one. The rules are data:
//! `[imports]` of each language.

use crate::lang::{Import, Imports, ModuleForm};

use super::view::{View, segments};
use super::{IndexError, Symbol};

/// One file's way of looking at others.
pub(super) struct Sight<'a> {
    pub path: &'a str,
    pub rules: &'a Imports,
    pub view: &'a View,
}

impl Sight<'_> {
    /// Whether an import's module holds the target.
    pub fn leads_to(&self, import: &Import, target: &Symbol) -> bool {
        self.leads(import, &target.path, &[home(target)])
    }

    /// Whether an import's module is a file, or a namespace that it opens.
    pub fn leads_to_file(&self, import: &Import, path: &str) -> Result<bool, IndexError> {
        if !self.rules.modules.contains(&ModuleForm::Namespace) {
            return Ok(self.leads(import, path, &[]));
        }
        let outline = self.view.outline(path)?;
        let homes: Vec<Vec<&str>> = outline.iter().map(home).collect();
        Ok(self.leads(import, path, &homes))
    }

    fn leads(&self, import: &Import, path: &str, homes: &[Vec<&str>]) -> bool {
        let module = self.parts(&import.module);
        let mut named = module.clone();
        named.extend(import.name.iter().filter(|n| *n != "*").cloned());
        self.rules.modules.iter().any(|form| match form {
            ModuleForm::File => {
                let file = self.file_parts(path);
                (!module.is_empty() && self.ends(&file, &module, 2)) || self.ends(&file, &named, 2)
            }
            ModuleForm::Folder => {
                let folder = folder(path);
                let folder: Vec<&str> = folder.split('/').collect();
                !module.is_empty() && self.ends(&folder, &module, 1)
            }
            ModuleForm::Path => self.is_path_of(&import.module, path),
            ModuleForm::Namespace => {
                let holds = |home: &Vec<&str>| {
                    let class = home.split_last().map_or(&[][..], |(_, outer)| outer);
                    [&module, &named].iter().any(|m| *home == **m || class == m.as_slice())
                };
                !named.is_empty() && homes.iter().any(holds)
            }
            ModuleForm::Ancestor => {
                let folder = folder(path);
                module.first().is_some_and(|m| folder.split('/').any(|f| f == m))
            }
        })
    }

    /// Whether the file sees the target's top level without an import; `within` is
    /// the qualified name of the symbol around the use.
    pub fn beside(&self, target: &Symbol, within: Option<&str>) -> bool {
        let rules = self.rules;
        if rules.own_folder && self.package(self.path) == self.package(&target.path) {
            return true;
        }
        if !rules.module_roots.is_empty() && self.module(self.path) == self.module(&target.path) {
            return true;
        }
        if rules.namespace_scope {
            let home = home(target);
            let here: Vec<&str> = within.map(segments).unwrap_or_default();
            let inside = here.len() > home.len() && home.iter().zip(&here).all(|(a, b)| a == b);
            return !home.is_empty() && inside;
        }
        false
    }

    /// Parts of a module's name, without those that name no folder.
    fn parts(&self, module: &str) -> Vec<String> {
        module
            .split(['.', '/', ':', '\\'])
            .filter(|s| !s.is_empty() && !self.rules.own_words.iter().any(|w| w == s))
            .map(str::to_owned)
            .collect()
    }

    /// Parts of a path without extension; a file that stands for its folder is
    /// left out.
    fn file_parts<'p>(&self, path: &'p str) -> Vec<&'p str> {
        let mut parts: Vec<&str> = stem(path).split('/').collect();
        if parts.last().is_some_and(|last| self.rules.index_files.iter().any(|f| f == last)) {
            parts.pop();
        }
        parts
    }

    /// Whether a path ends with the wanted parts, of which the first may be
    /// missing as long as `least` are left.
    fn ends(&self, path: &[&str], wanted: &[String], least: usize) -> bool {
        let most = self.rules.missing.min(wanted.len().saturating_sub(least));
        (0..=most).any(|skipped| {
            let wanted = &wanted[skipped..];
            wanted.len() <= path.len()
                && path[path.len() - wanted.len()..].iter().zip(wanted).all(|(a, b)| a == b)
        })
    }

    /// Whether a module that is a path means the target's file or, for a C
    /// header, the source of the same name beside it.
    fn is_path_of(&self, module: &str, target: &str) -> bool {
        let known =
            |extension: &str| self.view.languages.of(&format!("a.{extension}"), "").is_some();
        let module = match module.rsplit_once('.') {
            Some((rest, extension)) if known(extension) && !rest.ends_with('/') => rest,
            _ => module,
        };
        let target = self.file_parts(target);
        // From the importing file first: a file there hides others of its name.
        let joined = format!("{}/{module}", folder(self.path));
        let here = normal(&joined);
        if here == target {
            return true;
        }
        if self.exists(&here) {
            return false;
        }
        let wanted: Vec<String> = module
            .split('/')
            .filter(|p| !matches!(*p, "" | "." | ".." | "~" | "@"))
            .map(str::to_owned)
            .collect();
        // Else from some root that is not known: an include path, the folder in
        // which a script is started.
        !wanted.is_empty() && self.ends(&target, &wanted, 1)
    }

    fn exists(&self, parts: &[&str]) -> bool {
        let stem = parts.join("/");
        let Some(language) = self.view.language(self.path) else { return false };
        self.view
            .languages
            .iter()
            .filter(|l| l.family() == language.family())
            .flat_map(|l| &l.extensions)
            .any(|extension| self.view.tree.file(&format!("{stem}.{extension}")).is_some())
    }

    /// The folder of a file, from where packages begin.
    fn package<'p>(&self, path: &'p str) -> &'p str {
        let folder = folder(path);
        let mut rest = folder;
        let mut begins = folder;
        while let Some((first, after)) = rest.split_once('/') {
            if self.rules.source_roots.iter().any(|r| r == first) {
                begins = after;
            }
            rest = after;
        }
        begins
    }

    /// The folders of a path down to that of its module: `Sources/Shop`, else
    /// the first one.
    fn module<'p>(&self, path: &'p str) -> Vec<&'p str> {
        let folders: Vec<&str> = folder(path).split('/').collect();
        let root = folders.iter().position(|f| self.rules.module_roots.iter().any(|r| r == f));
        let length = root.map_or(1, |at| at + 2).min(folders.len());
        folders[..length].to_vec()
    }
}

/// The containers of a symbol.
pub(super) fn home(symbol: &Symbol) -> Vec<&str> {
    let mut parts = segments(&symbol.qualified);
    parts.pop();
    parts
}

/// The folder of a file; empty at the root.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn stem(path: &str) -> &str {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let file = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let start = if folder.is_empty() { 0 } else { folder.len() + 1 };
    &path[..start + file.len()]
}

/// Parts of a path with `.` and `..` worked out.
fn normal(path: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts
}
