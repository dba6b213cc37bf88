//! Local names: what `scopes.scm` says of parameters and variables.
//!
//! Captures: `@scope`, a node in which local names live, `@scope.function` one
//! whose names live in all of it, `@scope.none` one that holds no local names
//! (a class body). `@local` lives in the innermost scope around it,
//! `@local.function` in the innermost function, `@local.after` in the innermost
//! scope but only behind `@declaration`, or behind itself. `@global` names what
//! its function takes from outside all the same. `@label` is a name that is no
//! use of anything, as that of a keyword argument.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use tree_sitter::Node;

use super::definition::Definition;
use super::query::{Match, text_of};
use super::tag::Use;

/// Most scopes, and most local names, that are kept of one file.
const MOST: usize = 50_000;
/// How many scopes are tried for one name: a hostile file could nest them all.
const TRIES: usize = 1000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Block,
    Function,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Block,
    Function,
    After(usize),
    Global,
}

struct Local<'s> {
    name: &'s str,
    at: usize,
    reach: Reach,
    /// Types and values of one name do not hide each other.
    is_type: bool,
}

/// Scopes and local names of one file.
#[derive(Default)]
pub(super) struct Scopes<'s> {
    scopes: Vec<(Range<usize>, Sort)>,
    locals: Vec<Local<'s>>,
    labels: HashSet<usize>,
}

/// Whether a capture belongs to `scopes.scm`.
pub(super) fn is_capture(name: &str) -> bool {
    name.starts_with("scope") || name.starts_with("local") || name == "global" || name == "label"
}

fn is_type(node: Node<'_>) -> bool {
    node.kind().ends_with("type_identifier")
}

impl<'s> Scopes<'s> {
    /// Takes what one match says.
    pub fn add(&mut self, found: &Match<'_, '_>, text: &'s str) {
        let behind = found.node("declaration").map(|n| n.end_byte());
        for (capture, node) in found.named() {
            let sort = match capture {
                "scope" => Some(Sort::Block),
                "scope.function" => Some(Sort::Function),
                "scope.none" => Some(Sort::None),
                _ => None,
            };
            let reach = match capture {
                "local" => Some(Reach::Block),
                "local.function" => Some(Reach::Function),
                "local.after" => Some(Reach::After(behind.unwrap_or(node.end_byte()))),
                "global" => Some(Reach::Global),
                _ => None,
            };
            if capture == "label" {
                self.labels.insert(node.start_byte());
            } else if let Some(sort) = sort
                && self.scopes.len() < MOST
            {
                self.scopes.push((node.byte_range(), sort));
            } else if let Some(reach) = reach
                && self.locals.len() < MOST
            {
                let (name, at) = (text_of(node, text), node.start_byte());
                self.locals.push(Local { name, at, reach, is_type: is_type(node) });
            }
        }
    }

    /// Drops uses that mean a local name and marks receivers that do. `own` are
    /// bytes of names that are local by their place only: what an import brings
    /// in. `calls_see_locals`: see `language.toml`.
    pub fn resolve(
        mut self,
        uses: &mut HashMap<usize, Use>,
        definitions: &[Definition],
        own: &HashSet<usize>,
        calls_see_locals: bool,
    ) {
        let defined: HashSet<usize> = definitions.iter().map(|d| d.name_range.start).collect();
        self.locals.retain(|l| !defined.contains(&l.at) && !own.contains(&l.at));
        let reaches = self.reaches();
        for name in &self.labels {
            uses.remove(name);
        }
        let local = |name: &str, at: usize, is_type: bool| {
            let ranges: &[(Range<usize>, bool)] = reaches.get(name).map_or(&[], Vec::as_slice);
            let until = ranges.partition_point(|(range, _)| range.start <= at);
            let near = ranges[..until].iter().rev().take(TRIES);
            near.into_iter().any(|(range, ty)| range.end > at && *ty == is_type)
        };
        uses.retain(|at, found| {
            if let Some(receiver) = &found.receiver {
                let root = receiver.split(['.', ':', '-', '(', '[', '?', '!']).next();
                found.local_receiver = root.is_some_and(|root| local(root, *at, false));
                return true;
            }
            (found.call && !calls_see_locals) || !local(&found.name, *at, found.is_type)
        });
    }

    /// Where each local name lives.
    fn reaches(&mut self) -> HashMap<&'s str, Vec<(Range<usize>, bool)>> {
        self.scopes.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        self.locals.sort_by_key(|l| (l.at, l.reach == Reach::Global));
        let mut reaches: HashMap<&str, Vec<(Range<usize>, bool)>> = HashMap::new();
        let mut globals: HashSet<(&str, usize)> = HashSet::new();
        let mut bindings: Vec<(&str, usize, usize)> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut next = 0;
        for local in &self.locals {
            while self.scopes.get(next).is_some_and(|(range, _)| range.start <= local.at) {
                let start = self.scopes[next].0.start;
                while open.last().is_some_and(|n| self.scopes[*n].0.end <= start) {
                    open.pop();
                }
                open.push(next);
                next += 1;
            }
            while open.last().is_some_and(|n| self.scopes[*n].0.end <= local.at) {
                open.pop();
            }
            let wants_function = matches!(local.reach, Reach::Function | Reach::Global);
            let home = open
                .iter()
                .rev()
                .take(TRIES)
                .map(|n| &self.scopes[*n])
                .find(|(_, sort)| *sort != Sort::Block || !wants_function);
            // Without a scope around it the name belongs to the file.
            let Some((range, Sort::Block | Sort::Function)) = home else { continue };
            let range = match local.reach {
                Reach::After(from) => from.min(range.end)..range.end,
                _ => range.clone(),
            };
            if local.reach == Reach::Global {
                globals.insert((local.name, range.start));
            } else {
                let whole = home.map_or(0, |(range, _)| range.start);
                bindings.push((local.name, whole, local.at));
                let ranges = reaches.entry(local.name).or_default();
                if ranges.last().is_none_or(|last| *last != (range.clone(), local.is_type)) {
                    ranges.push((range, local.is_type));
                }
            }
        }
        // What binds a local name does not use it.
        let local = |(name, start, _): &&(&str, usize, usize)| !globals.contains(&(*name, *start));
        self.labels.extend(bindings.iter().filter(local).map(|(.., at)| at));
        for (name, ranges) in &mut reaches {
            ranges.retain(|(range, _)| !globals.contains(&(*name, range.start)));
            ranges.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        }
        reaches
    }
}
