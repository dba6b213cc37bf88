//! `Cargo.lock`.

use std::collections::HashSet;

use serde::Deserialize;

use super::{LockError, Pin};
use crate::docs::version;

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    source: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

/// Of several versions of one package, one that a member of the workspace names
/// comes first, then the newest. Members themselves are left out.
pub(super) fn cargo(text: &str) -> Result<Vec<Pin>, LockError> {
    let file: File = toml::from_str(text)?;
    // `name version` where a name alone would be ambiguous.
    let direct: HashSet<&str> = file
        .package
        .iter()
        .filter(|p| p.source.is_none())
        .flat_map(|p| p.dependencies.iter().map(String::as_str))
        .collect();
    let mut pins: Vec<(bool, Pin)> = file
        .package
        .iter()
        .filter(|p| p.source.is_some())
        .map(|p| {
            let exact = format!("{} {}", p.name, p.version);
            (!direct.contains(exact.as_str()), Pin::new(&p.name, &p.version))
        })
        .collect();
    pins.sort_by(|a, b| {
        (&a.1.name, a.0)
            .cmp(&(&b.1.name, b.0))
            .then_with(|| version::compare(&b.1.version, &a.1.version))
    });
    Ok(pins.into_iter().map(|(_, pin)| pin).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_that_a_member_names_comes_first() {
        let text = r#"
            version = 4
            [[package]]
            name = "mine"
            version = "0.1.0"
            dependencies = ["log", "syn 1.0.9"]
            [[package]]
            name = "syn"
            version = "2.0.1"
            source = "registry"
            [[package]]
            name = "syn"
            version = "1.0.9"
            source = "registry"
            [[package]]
            name = "log"
            version = "0.4.2"
            source = "registry"
        "#;
        let pins = cargo(text).unwrap();
        let all: Vec<String> = pins.iter().map(|p| format!("{} {}", p.name, p.version)).collect();
        assert_eq!(all, ["log 0.4.2", "syn 1.0.9", "syn 2.0.1"]);
    }
}
