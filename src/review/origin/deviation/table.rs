//! What the origin knows of each language: `grammars/deviation.toml`.

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;

use crate::asset::Assets;
use crate::review::origin::DraftError;
use crate::review::origin::source::Source;

const FILE: &str = "grammars/deviation.toml";

/// A node with a part of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    pub node: String,
    /// Field of the name.
    pub name: String,
}

/// A node that gives a value a name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bind {
    pub node: String,
    pub left: String,
    pub right: String,
}

/// One language; the file says what each list is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub wrap: Vec<String>,
    #[serde(rename = "await")]
    pub waits: Vec<String>,
    pub drop: Vec<String>,
    pub bind: Vec<Bind>,
    pub asks: Vec<String>,
    pub asking: Vec<String>,
    pub broad: Vec<String>,
    pub members_are_set: bool,
    pub returns: Vec<String>,
    pub open: Vec<String>,
    pub runs_off: bool,
    pub last_is_value: bool,
    pub generator: Vec<String>,
    pub calls: Vec<Named>,
    pub arguments: Vec<String>,
    pub keyword: Vec<String>,
    pub held: Vec<String>,
    pub blocks: Vec<String>,
    pub names: Vec<String>,
    pub imports: Vec<String>,
    pub members: Vec<String>,
    pub tables: Vec<String>,
    pub rest: Vec<String>,
    pub decorators: Vec<String>,
}

/// How probable each sort of hypothesis is, from 0 to 1.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Prior {
    pub nothing_asked: f64,
    pub nothing_alone: f64,
    pub caller: f64,
    pub belief: f64,
    pub belief_few: f64,
    pub unset: f64,
    pub table: f64,
    pub paste: f64,
    pub sibling: f64,
    pub text: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pattern {
    pattern: String,
}

#[derive(Debug, Deserialize)]
struct Form {
    prior: Prior,
    duty: Pattern,
    aside: Pattern,
    #[serde(flatten)]
    languages: BTreeMap<String, Row>,
}

#[derive(Debug)]
pub(super) struct Table {
    pub prior: Prior,
    /// Names of functions that callers may owe.
    pub duty: Regex,
    /// Paths of code that does not speak for the rest.
    pub aside: Regex,
    languages: BTreeMap<String, Row>,
}

impl Table {
    /// # Errors
    /// The file is missing, or not of this form.
    pub fn load(assets: &Assets) -> Result<Self, DraftError> {
        let form: Form = toml::from_str(&assets.read(FILE)?.text)
            .map_err(|source| DraftError::Toml { file: FILE, source: Box::new(source) })?;
        let regex = |pattern: &Pattern| {
            Regex::new(&pattern.pattern)
                .map_err(|source| DraftError::Pattern { file: FILE, source: Box::new(source) })
        };
        let (duty, aside) = (regex(&form.duty)?, regex(&form.aside)?);
        Ok(Self { prior: form.prior, duty, aside, languages: form.languages })
    }

    /// By language, else by its family (`ecma` is written as JavaScript).
    pub fn of(&self, source: &Source<'_>) -> Option<&Row> {
        let family = match source.language.family() {
            "ecma" => "javascript",
            family => family,
        };
        self.languages.get(&source.language.name).or_else(|| self.languages.get(family))
    }
}

pub(super) fn is(list: &[String], kind: &str) -> bool {
    list.iter().any(|k| k == kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Languages;

    #[test]
    fn every_kind_of_node_is_one_of_its_language() {
        let assets = Assets::builtin();
        let (table, languages) = (Table::load(&assets).unwrap(), Languages::load(&assets).unwrap());
        assert!(table.languages.len() > 5);
        for (name, row) in &table.languages {
            let family = if name == "javascript" { "ecma" } else { name };
            let parsers: Vec<_> =
                languages.iter().filter(|l| l.family() == family || l.name == *name).collect();
            assert!(!parsers.is_empty(), "{name}");
            let lists = [
                &row.wrap,
                &row.waits,
                &row.drop,
                &row.asks,
                &row.returns,
                &row.open,
                &row.generator,
                &row.arguments,
                &row.keyword,
                &row.held,
                &row.blocks,
                &row.names,
                &row.imports,
                &row.members,
                &row.tables,
            ];
            let nodes = row.bind.iter().map(|b| &b.node).chain(row.calls.iter().map(|c| &c.node));
            for kind in lists.into_iter().flatten().chain(nodes) {
                let known = parsers.iter().any(|l| l.parser.id_for_node_kind(kind, true) != 0);
                assert!(known, "{name}: {kind}");
            }
        }
    }
}
