//! The patterns of a rule as written, and what a parser makes of them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use ast_grep_core::Pattern;
use ast_grep_core::matcher::PatternNode;
use ast_grep_core::meta_var::MetaVariable;
use regex::Regex;
use serde_json::Value;

use super::file::RuleFile;
use super::grammar::Grammar;

/// A variable: `$X`, `$$X`, `$$$X`; `$_`, `$_X` and `$$$` stand for anything.
static VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$+(?:([A-Z][A-Z0-9_]*)|_[A-Z0-9_]*)|\${3}").expect("the expression is valid")
});

/// Code with variables.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PatternText {
    pub text: String,
    /// Kind of the node of the text that is the pattern; without one, all of it.
    selector: Option<String>,
}

impl PatternText {
    /// What the parser did not keep of it; `None` if it is all there.
    pub fn lost(&self, grammar: &Grammar) -> Option<String> {
        let built = match &self.selector {
            Some(kind) => Pattern::contextual(&self.text, kind, grammar.clone()),
            None => Pattern::try_new(&self.text, grammar.clone()),
        };
        let pattern = match built {
            Ok(pattern) => pattern,
            Err(error) => return Some(error.to_string()),
        };
        let kept = if self.selector.is_some() {
            let held = pattern.defined_vars();
            let mut names = VARIABLE.captures_iter(&self.text).filter_map(|c| c.get(1));
            names.all(|name| held.contains(name.as_str()))
        } else {
            let mut spelt = String::new();
            spell(&pattern.node, &mut spelt);
            let written = VARIABLE.replace_all(&self.text, |c: &regex::Captures<'_>| {
                c.get(1).map_or("_", |name| name.as_str()).to_owned()
            });
            tight(&written) == tight(&spelt)
        };
        let advice = "a part of it is lost, as it is no whole piece of the language: put it into \
                      one with `context` and name its node with `selector`";
        (!kept).then(|| advice.to_owned())
    }
}

/// The text of a pattern, its variables by their names.
fn spell(node: &PatternNode, text: &mut String) {
    match node {
        PatternNode::MetaVar {
            meta_var: MetaVariable::Capture(name, _) | MetaVariable::MultiCapture(name),
        } => text.push_str(name),
        PatternNode::MetaVar { .. } => text.push('_'),
        PatternNode::Terminal { text: own, .. } => text.push_str(own),
        PatternNode::Internal { children, .. } => children.iter().for_each(|c| spell(c, text)),
    }
}

/// Without blanks, and without what ends a statement.
fn tight(text: &str) -> String {
    text.trim_end().trim_end_matches(';').split_whitespace().collect()
}

impl RuleFile {
    /// All patterns of the rule and of its `before`, each once.
    pub fn patterns(&self) -> serde_json::Result<BTreeSet<PatternText>> {
        let cores = [Some(&self.core), self.before.as_ref().map(|b| &b.core)];
        let mut found = BTreeSet::new();
        for core in cores.into_iter().flatten() {
            collect(&serde_json::to_value(core)?, &mut found);
        }
        Ok(found)
    }
}

fn collect(value: &Value, found: &mut BTreeSet<PatternText>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match (key.as_str(), written(value)) {
                    ("pattern", Some(pattern)) => {
                        found.insert(pattern);
                    }
                    _ => collect(value, found),
                }
            }
        }
        _ => (),
    }
}

/// `f($X)`, or `{ context: 'a = f($X);', selector: call }`.
fn written(value: &Value) -> Option<PatternText> {
    let text = |key: &str| Some(value.get(key)?.as_str()?.to_owned());
    match value {
        Value::String(text) => Some(PatternText { text: text.clone(), selector: None }),
        _ => Some(PatternText { text: text("context")?, selector: text("selector") }),
    }
}
