//! `package-lock.json` of all three versions, `yarn.lock` of both, `pnpm-lock.yaml`.

use serde_json::Value;

use super::{LockError, Pin};

/// Folders of nested dependencies that are followed; deeper ones do not occur.
const MAX_DEPTH: usize = 40;

pub(super) fn npm(text: &str) -> Result<Vec<Pin>, LockError> {
    let file: Value = serde_json::from_str(text)?;
    let mut pins: Vec<(usize, Pin)> = Vec::new();
    match file["packages"].as_object() {
        Some(packages) => {
            for (path, package) in packages {
                // The last one is the package; those before are where it is nested.
                let Some((_, name)) = path.rsplit_once("node_modules/") else { continue };
                let Some(version) = package["version"].as_str() else { continue };
                pins.push((path.matches("node_modules/").count(), Pin::new(name, version)));
            }
        }
        None => nested(&file, 1, &mut pins),
    }
    pins.sort_by_key(|(depth, _)| *depth);
    Ok(pins.into_iter().map(|(_, pin)| pin).collect())
}

fn nested(package: &Value, depth: usize, pins: &mut Vec<(usize, Pin)>) {
    let Some(dependencies) = package["dependencies"].as_object().filter(|_| depth < MAX_DEPTH)
    else {
        return;
    };
    for (name, package) in dependencies {
        if let Some(version) = package["version"].as_str() {
            pins.push((depth, Pin::new(name, version)));
        }
        nested(package, depth + 1, pins);
    }
}

/// An entry is a line of what was asked for, `"a@^1", "a@npm:~1.2":`, with the
/// version indented below it.
pub(super) fn yarn(text: &str) -> Vec<Pin> {
    let mut pins = Vec::new();
    let mut name = None;
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        if !line.starts_with(' ') && line.ends_with(':') {
            let first = line.trim_end_matches(':').split(',').next().unwrap_or_default();
            name = before_version(first.trim().trim_matches('"'));
        } else if let Some(rest) = line.trim_start().strip_prefix("version") {
            let version = rest.trim_start_matches(':').trim().trim_matches('"');
            if let Some(name) = name.take().filter(|_| !version.is_empty()) {
                // A project of the repository itself.
                if !version.ends_with("use.local") {
                    pins.push(Pin::new(name, version));
                }
            }
        }
    }
    pins
}

/// The keys of `packages:`: `/a/1.2.3` (up to version 5), `/a@1.2.3(peer@1)` (6),
/// `'@s/a@1.2.3'` (9).
pub(super) fn pnpm(text: &str) -> Vec<Pin> {
    let mut inside = false;
    let mut pins = Vec::new();
    for line in text.lines() {
        if !line.starts_with(' ') && !line.trim().is_empty() {
            inside = line.trim_end() == "packages:";
            continue;
        }
        let Some(key) = line.strip_prefix("  ").filter(|l| inside && !l.starts_with(' ')) else {
            continue;
        };
        let Some((key, _)) = key.rsplit_once(':') else { continue };
        let key = key.trim_matches(['\'', '"']);
        let key = key.split('(').next().unwrap_or(key);
        let slashed = key.starts_with('/');
        let key = key.trim_start_matches('/');
        // Peers behind the version have an `@` of their own.
        let old = slashed.then(|| slash_before_digit(key)).flatten();
        let pin = if let Some((name, version)) = old {
            Pin::new(name, version.split('_').next().unwrap_or(version))
        } else {
            let Some(name) = before_version(key) else { continue };
            Pin::new(name.as_str(), &key[name.len() + 1..])
        };
        if pin.version.starts_with(|c: char| c.is_ascii_digit()) {
            pins.push(pin);
        }
    }
    pins
}

/// The name and what follows in `name/1.2.3`.
fn slash_before_digit(key: &str) -> Option<(&str, &str)> {
    let digit = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    key.match_indices('/').map(|(at, _)| (&key[..at], &key[at + 1..])).find(|(_, rest)| digit(rest))
}

/// The name in `name@what`, whose scope begins with the same sign.
fn before_version(text: &str) -> Option<String> {
    let at = text.char_indices().skip(1).find(|(_, c)| *c == '@')?.0;
    Some(text[..at].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pins: &[Pin]) -> Vec<String> {
        pins.iter().map(|p| format!("{} {}", p.name, p.version)).collect()
    }

    #[test]
    fn npm_of_all_versions() {
        let one = r#"{"lockfileVersion": 1, "dependencies": {
            "a": {"version": "1.0.0", "dependencies": {"b": {"version": "0.9.0"}}},
            "b": {"version": "2.0.0"}}}"#;
        assert_eq!(shown(&npm(one).unwrap()), ["a 1.0.0", "b 2.0.0", "b 0.9.0"]);
        let three = r#"{"lockfileVersion": 3, "packages": {"": {"version": "9.9.9"},
            "node_modules/a/node_modules/b": {"version": "0.9.0"},
            "node_modules/@s/c": {"version": "3.1.0"},
            "packages/own": {"version": "1.0.0"},
            "node_modules/b": {"version": "2.0.0"}}}"#;
        assert_eq!(shown(&npm(three).unwrap()), ["@s/c 3.1.0", "b 2.0.0", "b 0.9.0"]);
    }

    #[test]
    fn yarn_of_both_forms() {
        let classic = "# yarn lockfile v1\n\n\"@s/c@^3.0.0\":\n  version \"3.1.0\"\n  dependencies:\n    \
                       b \"^2\"\n\nb@^2, b@~2.0:\n  version \"2.0.0\"\n";
        assert_eq!(shown(&yarn(classic)), ["@s/c 3.1.0", "b 2.0.0"]);
        let berry = "__metadata:\n  version: 8\n\n\"@s/c@npm:^3.0.0\":\n  version: 3.1.0\n  \
                     resolution: \"@s/c@npm:3.1.0\"\n\n\"own@workspace:.\":\n  version: 0.0.0-use.local\n";
        assert_eq!(shown(&yarn(berry)), ["@s/c 3.1.0"]);
    }

    #[test]
    fn pnpm_of_three_forms() {
        for keys in [
            "  /@s/c/3.1.0:\n    resolution: {}\n  /b/2.0.0_react@18.0.0:\n",
            "  /@s/c@3.1.0:\n    dev: false\n  /b@2.0.0(react@18.0.0):\n",
            "  '@s/c@3.1.0':\n    engines: {}\n  b@2.0.0:\n",
        ] {
            let text =
                format!("lockfileVersion: 1\n\npackages:\n\n{keys}\nsnapshots:\n\n  d@1.0.0:\n");
            assert_eq!(shown(&pnpm(&text)), ["@s/c 3.1.0", "b 2.0.0"], "{keys}");
        }
    }
}
