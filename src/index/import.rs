//! Where an import leads, and what is seen without one. The rules are data:
//! `[imports]` of each language.

use crate::change::folder;
use crate::lang::{Import, Imports, ModuleForm};

use super::Symbol;
use super::view::{View, segments};

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

    /// Whether an import's module is a file or holds it; `homes` are the containers of
    /// its symbols, which only namespaces ask for.
    pub fn leads_to_file(&self, import: &Import, path: &str, homes: &[Vec<&str>]) -> bool {
        self.leads(import, path, homes)
    }

    /// Whether imports can open a namespace, so that [`Self::leads_to_file`] needs homes.
    pub fn opens_namespaces(&self) -> bool {
        self.rules.modules.contains(&ModuleForm::Namespace)
    }

    /// Names of a file of which [`names_of_import`] has one if the import leads there:
    /// a quick look before that is asked.
    pub fn names_of_file<'p>(&self, path: &'p str, homes: &[Vec<&'p str>]) -> Vec<&'p str> {
        let folder = folder(path);
        let file = stem(path).rsplit('/').next().unwrap_or(path);
        let mut names = vec![file, folder.rsplit('/').next().unwrap_or(folder)];
        if self.rules.modules.contains(&ModuleForm::Ancestor) {
            names.extend(folder.split('/'));
        }
        // A namespace, or a class of it.
        names.extend(homes.iter().flat_map(|home| home.iter().rev().take(2)));
        names
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

/// Parts of an import of which each file that it leads to has one in its names
/// ([`Sight::names_of_file`]); `None` if any file may be meant, as by `..`.
pub(super) fn names_of_import(import: &Import) -> Option<Vec<&str>> {
    let module = import.module.as_str();
    if module.trim_matches(['.', '/']).is_empty() {
        return None;
    }
    let mut parts = module.split(['.', '/', ':', '\\']).filter(|part| !part.is_empty());
    // The first: a folder around the file may be all of the module.
    let mut names: Vec<&str> = parts.next().into_iter().collect();
    // Two more: the last may be a file's ending.
    names.extend(parts.rev().take(2));
    // A name may have dots: `./cart.service`, with or without an ending.
    let base = module.rsplit('/').next().unwrap_or(module);
    names.extend([base].into_iter().chain(base.rsplit_once('.').map(|(stem, _)| stem)));
    names.extend(import.name.as_deref());
    Some(names)
}

/// The containers of a symbol.
pub(super) fn home(symbol: &Symbol) -> Vec<&str> {
    containers(&symbol.qualified)
}

/// The containers in a qualified name.
pub(super) fn containers(qualified: &str) -> Vec<&str> {
    let mut parts = segments(qualified);
    parts.pop();
    parts
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
