//! `pom.xml` and `gradle.lockfile`.

use std::collections::HashMap;

use super::Pin;
use crate::docs::markup::{self, Piece};

/// Most properties that one version is made of.
const MAX_STEPS: usize = 5;

/// Dependencies with a version, as it stands there or in a property of the same
/// file; what a parent's file decides is not known here.
pub(super) fn pom(text: &str) -> Vec<Pin> {
    let mut path: Vec<String> = Vec::new();
    let mut properties: HashMap<String, String> = HashMap::new();
    let mut current: HashMap<String, String> = HashMap::new();
    let mut found = Vec::new();
    for piece in markup::pieces(text) {
        match piece {
            Piece::Open { name, closed: false, .. } => {
                if name == "dependency" {
                    current.clear();
                }
                path.push(name);
            }
            Piece::Close { name } => {
                if let Some(at) = path.iter().rposition(|n| *n == name) {
                    path.truncate(at);
                }
                if name == "dependency" {
                    found.push(std::mem::take(&mut current));
                }
            }
            Piece::Text(text) => {
                let (Some(name), Some(parent)) =
                    (path.last(), path.len().checked_sub(2).map(|n| path[n].as_str()))
                else {
                    continue;
                };
                let text = text.trim().to_owned();
                match parent {
                    "dependency" => current.insert(name.clone(), text),
                    "properties" => properties.insert(name.clone(), text),
                    "project" => properties.insert(format!("project.{name}"), text),
                    _ => continue,
                };
            }
            Piece::Open { .. } => {}
        }
    }
    found
        .into_iter()
        .filter_map(|dependency| {
            let of = |key: &str| Some(filled(dependency.get(&key.to_lowercase())?, &properties));
            let version = of("version").filter(|v| !v.contains('$'))?;
            Some(Pin::new(format!("{}:{}", of("groupId")?, of("artifactId")?), version))
        })
        .collect()
}

/// `${name}` replaced by the property.
fn filled(text: &str, properties: &HashMap<String, String>) -> String {
    let mut text = text.to_owned();
    for _ in 0..MAX_STEPS {
        let Some((before, rest)) = text.split_once("${") else { break };
        let Some((name, after)) = rest.split_once('}') else { break };
        let Some(value) = properties.get(&name.to_lowercase()) else { break };
        text = format!("{before}{value}{after}");
    }
    text
}

pub(super) fn gradle(text: &str) -> Vec<Pin> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (module, _configurations) = line.split_once('=')?;
            let (name, version) = module.rsplit_once(':')?;
            name.contains(':').then(|| Pin::new(name, version))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_with_properties() {
        let text = "<?xml version=\"1.0\"?>\n<project><version>7</version>\n<properties>\
                    <guava.version>33.0.0-jre</guava.version></properties>\n<!-- <dependency> -->\n\
                    <dependencies><dependency><groupId>com.google.guava</groupId>\
                    <artifactId>guava</artifactId><version>${guava.version}</version></dependency>\
                    <dependency><groupId>a.b</groupId><artifactId>own</artifactId>\
                    <version>${project.version}</version></dependency>\
                    <dependency><groupId>x</groupId><artifactId>parent-says</artifactId></dependency>\
                    </dependencies></project>";
        let all = pom(text);
        assert_eq!(
            all,
            [Pin::new("com.google.guava:guava", "33.0.0-jre"), Pin::new("a.b:own", "7")]
        );
    }

    #[test]
    fn lines_of_gradle() {
        let text = "# Manual edits can break the build\ncom.a:b:1.2.3=compileClasspath,x\nempty=\n";
        assert_eq!(gradle(text), [Pin::new("com.a:b", "1.2.3")]);
    }
}
