//! Whether a name in one file means a definition of another: shadowing, and the
//! way from a module's name to a file.

use crate::index::Reference;
use crate::lang::Definition;

use super::source::{Source, binds};

/// Whether a definition stands inside a function.
pub(super) fn nested(source: &Source<'_>, definition: &Definition) -> bool {
    source.definitions.iter().any(|d| {
        d.kind.is_callable()
            && d.range != definition.range
            && d.range.start <= definition.range.start
            && definition.range.end <= d.range.end
    })
}

/// Whether a parameter or local of the calling function has the called name.
pub(super) fn shadowed(caller: &Source<'_>, reference: &Reference) -> bool {
    let Some(within) = reference.within.as_deref() else { return false };
    let Some(around) = caller.only(within) else { return false };
    let parameters = caller.language.parameters(&caller.tree, &caller.text, around);
    parameters.iter().any(|p| p.name == reference.name)
        || (around.start..=around.end).any(|n| {
            let line = caller.line(n);
            n != around.line && binds(line, &reference.name)
        })
}

/// Folders and stem of a path: the names by which modules may call it.
pub(super) fn path_parts(path: &str) -> Vec<String> {
    let stem = path.rsplit_once('.').map_or(path, |(s, _)| s);
    stem.split('/').map(str::to_owned).collect()
}

/// Whether a module named in `from` is the file `path`.
pub(super) fn resolves(family: &str, from: &str, module: &str, path: &str) -> bool {
    let folder = |p: &str| -> Vec<String> {
        let parts: Vec<&str> = p.split('/').collect();
        parts[..parts.len() - 1].iter().map(|p| (*p).to_owned()).collect()
    };
    let (start, names): (Option<Vec<String>>, Vec<&str>) = if family == "python" {
        let dots = module.chars().take_while(|c| *c == '.').count();
        let names = module[dots..].split('.').filter(|n| !n.is_empty()).collect();
        let mut start = folder(from);
        start.truncate((start.len() + 1).saturating_sub(dots));
        ((dots > 0).then_some(start), names)
    } else {
        if !module.starts_with('.') {
            return false;
        }
        (Some(folder(from)), module.split('/').collect())
    };
    let relative = start.is_some();
    let mut parts = start.unwrap_or_default();
    for name in names {
        match name {
            "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name.to_owned()),
        }
    }
    let wanted = parts.join("/");
    let stem = path.rsplit_once('.').map_or(path, |(s, _)| s);
    let stem =
        stem.strip_suffix("/__init__").or_else(|| stem.strip_suffix("/index")).unwrap_or(stem);
    let wanted_stem = ["js", "ts", "jsx", "tsx", "mjs"]
        .iter()
        .find_map(|e| wanted.strip_suffix(&format!(".{e}")))
        .unwrap_or(&wanted);
    // An absolute module may lie below a source folder such as `src/`.
    stem == wanted_stem || (!relative && stem == format!("src/{wanted_stem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_resolve_to_files() {
        for (family, from, module, path, is) in [
            ("python", "shop/a.py", "shop.b", "shop/b.py", true),
            ("python", "shop/a.py", ".b", "shop/b.py", true),
            ("python", "shop/sub/a.py", "..b", "shop/b.py", true),
            ("python", "x/a.py", "shop", "src/shop/__init__.py", true),
            ("python", "x/a.py", "b", "shop/b.py", false),
            ("ecma", "web/src/a.ts", "./b", "web/src/b.ts", true),
            ("ecma", "web/test/a.ts", "../src/b.js", "web/src/b.ts", true),
            ("ecma", "web/src/a.ts", "b", "web/src/b.ts", false),
        ] {
            assert_eq!(resolves(family, from, module, path), is, "{from} {module}");
        }
    }
}
