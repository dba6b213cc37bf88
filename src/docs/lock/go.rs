//! `go.mod` and `go.sum`.

use super::Pin;
use crate::docs::version;

/// Requirements, with the modules that replace others taken into account; a module
/// that a folder replaces has no version here.
pub(super) fn go_mod(text: &str) -> Vec<Pin> {
    let mut pins: Vec<Pin> = Vec::new();
    let mut replaced: Vec<(String, Option<(String, String)>)> = Vec::new();
    let mut block = "";
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default().trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        let (verb, rest) = match words.as_slice() {
            [] => continue,
            [")"] => {
                block = "";
                continue;
            }
            [verb, "("] => {
                block = if *verb == "require" || *verb == "replace" { verb } else { "" };
                continue;
            }
            rest if !block.is_empty() => (block, rest),
            [verb, rest @ ..] => (*verb, rest),
        };
        match (verb, rest) {
            ("require", [name, version, ..]) => pins.push(Pin::new(clean(name), *version)),
            ("replace", rest) => {
                let Some(arrow) = rest.iter().position(|w| *w == "=>") else { continue };
                let Some(name) = rest.first() else { continue };
                let with = match rest[arrow + 1..] {
                    [name, version] => Some((clean(name), version.to_owned())),
                    _ => None,
                };
                replaced.push((clean(name), with));
            }
            _ => {}
        }
    }
    for (name, with) in replaced {
        match with {
            None => pins.retain(|p| p.name != name),
            Some((instead, version)) => {
                for pin in pins.iter_mut().filter(|p| p.name == name) {
                    pin.version.clone_from(&version);
                    pin.instead = (instead != name).then(|| instead.clone());
                }
            }
        }
    }
    pins
}

fn clean(name: &str) -> String {
    name.trim_matches(['"', '`']).to_owned()
}

/// The checksums name older versions too; the newest one is what is built.
pub(super) fn go_sum(text: &str) -> Vec<Pin> {
    let mut pins: Vec<Pin> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let (name, version, _hash) = (words.next()?, words.next()?, words.next()?);
            (version.starts_with('v') && !version.ends_with("/go.mod"))
                .then(|| Pin::new(name, version))
        })
        .collect();
    pins.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| version::compare(&b.version, &a.version)));
    pins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_and_replacements() {
        let text = "module example.org/mine\n\ngo 1.22\n\nrequire github.com/a/b v1.2.3\n\nrequire (\n\t\
                    github.com/C/d v0.1.0 // indirect\n\texample.org/e v1.0.0\n\tx.org/f v1.0.0\n)\n\n\
                    replace example.org/e => ../e\nreplace x.org/f v1.0.0 => y.org/g v2.0.0\n";
        let pins = go_mod(text);
        let all: Vec<_> = pins
            .iter()
            .map(|p| (p.name.as_str(), p.version.as_str(), p.instead.as_deref()))
            .collect();
        assert_eq!(
            all,
            [
                ("github.com/a/b", "v1.2.3", None),
                ("github.com/C/d", "v0.1.0", None),
                ("x.org/f", "v2.0.0", Some("y.org/g")),
            ]
        );
    }

    #[test]
    fn the_newest_of_the_checksums_comes_first() {
        let text = "a.org/x v1.2.0 h1:aa=\na.org/x v1.2.0/go.mod h1:bb=\na.org/x v1.10.0 h1:cc=\n\
                    a.org/y v0.1.0/go.mod h1:dd=\n";
        let pins = go_sum(text);
        assert_eq!(pins, [Pin::new("a.org/x", "v1.10.0"), Pin::new("a.org/x", "v1.2.0")]);
    }
}
