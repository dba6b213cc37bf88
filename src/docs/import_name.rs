//! From what a file imports to the packages that it comes from.

use std::collections::BTreeMap;

use super::ecosystem::{Ecosystem, ImportForm};
use super::lock::LockFile;

/// Parts of a Java package that two libraries of one group share.
const GROUP_PARTS: usize = 2;
/// Most packages that one import may mean.
const MOST: usize = 3;

/// Names of packages that an import may mean, the likeliest first. `owners` tells
/// which distribution a module of Python belongs to.
pub(super) fn packages(
    ecosystem: &Ecosystem,
    locks: &[LockFile],
    owners: &BTreeMap<String, String>,
    module: &str,
) -> Vec<String> {
    let rule = &ecosystem.import;
    let parts: Vec<&str> = module.split(rule.separator.as_str()).map(str::trim).collect();
    let Some(first) = parts.first().filter(|p| !p.is_empty()) else { return Vec::new() };
    if rule.own.iter().any(|own| own == first) {
        return Vec::new();
    }
    match rule.form {
        ImportForm::First => {
            let mut names = vec![(*first).to_owned()];
            names.extend(owners.get(*first).filter(|o| *o != first).cloned());
            names
        }
        ImportForm::Scoped => match parts.get(1) {
            Some(second) if first.starts_with('@') => vec![format!("{first}/{second}")],
            _ => vec![(*first).to_owned(), format!("@types/{first}")],
        },
        ImportForm::Path => {
            // The longest start that is required is the module.
            let starts = (1..=parts.len()).rev().map(|n| parts[..n].join("/"));
            let required =
                |name: &String| locks.iter().flat_map(|l| &l.pins).any(|pin| pin.name == *name);
            starts.filter(required).take(1).collect()
        }
        ImportForm::Group => {
            let mut near: Vec<(usize, &str)> = locks
                .iter()
                .flat_map(|l| &l.pins)
                .filter_map(|pin| {
                    let (group, _) = pin.name.split_once(':')?;
                    let group: Vec<&str> = group.split('.').collect();
                    let common = group.iter().zip(&parts).take_while(|(a, b)| a == b).count();
                    let enough = common >= GROUP_PARTS.min(group.len());
                    enough.then_some((common, pin.name.as_str()))
                })
                .collect();
            near.sort_by_key(|(common, _)| std::cmp::Reverse(*common));
            near.dedup();
            near.into_iter().take(MOST).map(|(_, name)| name.to_owned()).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asset::Assets;
    use crate::docs::ecosystem::Ecosystems;
    use crate::docs::lock::Pin;

    fn names(ecosystem: &str, pins: &[&str], module: &str) -> Vec<String> {
        let all = Ecosystems::load(&Assets::builtin()).unwrap();
        let number = all.find(ecosystem).unwrap();
        let pin = |name: &&str| Pin { name: (*name).into(), version: "1".into(), instead: None };
        let pins = pins.iter().map(pin).collect();
        let locks = [LockFile { ecosystem: number, path: "lock".into(), pins }];
        let owners = BTreeMap::from([("yaml".to_owned(), "PyYAML".to_owned())]);
        packages(&all.all[number], &locks, &owners, module)
    }

    #[test]
    fn imports_name_their_packages() {
        assert_eq!(names("rust", &[], "tokio::sync::mpsc"), ["tokio"]);
        assert!(names("rust", &[], "crate::x").is_empty());
        assert_eq!(names("python", &[], "yaml.nodes"), ["yaml", "PyYAML"]);
        assert!(names("python", &[], ".sibling").is_empty());
        assert_eq!(names("node", &[], "@s/c/deep"), ["@s/c"]);
        assert_eq!(names("node", &[], "lodash/map"), ["lodash", "@types/lodash"]);
        assert!(names("node", &[], "./own").is_empty());
        let modules = ["github.com/a/b", "github.com/a/b/v2"];
        assert_eq!(names("go", &modules, "github.com/a/b/v2/x"), ["github.com/a/b/v2"]);
        assert!(names("go", &modules, "fmt").is_empty());
        let jars = ["com.google.guava:guava", "org.slf4j:slf4j-api"];
        assert_eq!(names("java", &jars, "com.google.common.collect"), ["com.google.guava:guava"]);
    }
}
