//! `poetry.lock`, `uv.lock`, `pdm.lock`, `Pipfile.lock`, `requirements.txt`.

use serde::Deserialize;
use serde_json::Value;

use super::{LockError, Pin};

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    // A project's own package may have none.
    version: Option<String>,
}

pub(super) fn toml_packages(text: &str) -> Result<Vec<Pin>, LockError> {
    let file: File = toml::from_str(text)?;
    let pins = file.package.into_iter().filter_map(|p| Some(Pin::new(p.name, p.version?)));
    Ok(pins.collect())
}

pub(super) fn pipfile(text: &str) -> Result<Vec<Pin>, LockError> {
    let file: Value = serde_json::from_str(text)?;
    let sections = ["default", "develop"].into_iter().filter_map(|key| file[key].as_object());
    Ok(sections
        .flatten()
        .filter_map(|(name, package)| {
            Some(Pin::new(name, package["version"].as_str()?.strip_prefix("==")?))
        })
        .collect())
}

/// Lines that name one version with `==`; all others name none.
pub(super) fn requirements(text: &str) -> Vec<Pin> {
    text.lines()
        .filter_map(|line| {
            let line = line.split(['#', ';']).next()?.trim();
            let (name, version) = line.split_once("==")?;
            let name = name.split('[').next()?.trim();
            let version = version.trim_start_matches('=').split_whitespace().next()?;
            let version = version.split([',', '\\']).next()?;
            let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
            (plain && !name.is_empty() && !version.contains('*')).then(|| Pin::new(name, version))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pins: &[Pin]) -> Vec<String> {
        pins.iter().map(|p| format!("{} {}", p.name, p.version)).collect()
    }

    #[test]
    fn packages_of_a_toml_lock() {
        let text = "[[package]]\nname = \"requests\"\nversion = \"2.3.1\"\n\
                    [[package]]\nname = \"mine\"\nsource = { editable = \".\" }\n";
        assert_eq!(shown(&toml_packages(text).unwrap()), ["requests 2.3.1"]);
    }

    #[test]
    fn a_pipfile_lock() {
        let text = r#"{"default": {"flask": {"version": "==3.0"}, "x": {"path": "."}},
                       "develop": {"pytest": {"version": "==8.1"}}}"#;
        assert_eq!(shown(&pipfile(text).unwrap()), ["flask 3.0", "pytest 8.1"]);
    }

    #[test]
    fn requirements_that_name_one_version() {
        let text = "# top\nDjango==4.2.1 ; python_version > '3'\nuvicorn[standard] == 0.2 \\\n    \
                    --hash=sha256:aa==\nflask>=2\n-r other.txt\nx==1.*\na===1.5\n";
        assert_eq!(shown(&requirements(text)), ["Django 4.2.1", "uvicorn 0.2", "a 1.5"]);
    }
}
