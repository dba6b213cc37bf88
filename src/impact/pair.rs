//! Which definitions of a file's two versions are one symbol.

use std::collections::BTreeMap;

use super::Parsed;

/// Most pairs of definitions of one name that are weighed against each other; more
/// are generated, and paired in their order.
const WEIGHED: usize = 10_000;

/// Numbers of definitions, in the order of the files.
#[derive(Default)]
pub(super) struct Paired {
    /// At the base and at the head.
    pub both: Vec<(usize, usize)>,
    pub gone: Vec<usize>,
    pub come: Vec<usize>,
}

/// Pairs by qualified name; of several with one name (overloads) first those of
/// the same text, then of the same signature, then of the most alike one.
pub(super) fn pair(base: Option<&Parsed<'_>>, head: Option<&Parsed<'_>>) -> Paired {
    let mut paired = Paired::default();
    let mut heads = by_name(head);
    for (name, mut old) in by_name(base) {
        let mut new = heads.remove(name).unwrap_or_default();
        if old.len() * new.len() > WEIGHED {
            let both = old.len().min(new.len());
            paired.both.extend(old.drain(..both).zip(new.drain(..both)));
        }
        if let (Some(base), Some(head)) = (base, head) {
            fn signature<'p>(side: &'p Parsed<'_>, n: usize) -> &'p str {
                &side.source.definitions[n].signature
            }
            let steps: [&dyn Fn(usize, usize) -> bool; 2] =
                [&|j, i| base.text(j) == head.text(i), &|j, i| {
                    signature(base, j) == signature(head, i)
                }];
            for same in steps {
                old.retain(|&j| match new.iter().position(|&i| same(j, i)) {
                    Some(at) => {
                        paired.both.push((j, new.remove(at)));
                        false
                    }
                    None => true,
                });
            }
        }
        // Of what is left those whose signatures go together the longest.
        if let (Some(base), Some(head)) = (base, head) {
            old.retain(|&j| {
                let like = |i: usize| {
                    let (a, b) = (&base.source.definitions[j], &head.source.definitions[i]);
                    a.signature.chars().zip(b.signature.chars()).take_while(|(a, b)| a == b).count()
                };
                // Of equals the first.
                let best = (0..new.len()).rev().max_by_key(|at| like(new[*at]));
                best.is_none_or(|at| {
                    paired.both.push((j, new.remove(at)));
                    false
                })
            });
        }
        paired.gone.extend(old);
        paired.come.extend(new);
    }
    paired.come.extend(heads.into_values().flatten());
    paired.both.sort_by_key(|(_, i)| *i);
    paired.gone.sort_unstable();
    paired.come.sort_unstable();
    paired
}

fn by_name<'a>(side: Option<&'a Parsed<'_>>) -> BTreeMap<&'a str, Vec<usize>> {
    let mut names: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (n, d) in side.iter().flat_map(|s| s.source.definitions.iter().enumerate()) {
        names.entry(&d.qualified).or_default().push(n);
    }
    names
}
