//! Chooses the installed version of a package that the lock files name, or the
//! nearest one.

use super::Missing;
use super::ecosystem::{Ecosystem, Ecosystems, ImportForm};
use super::install::{self, Installed};
use super::lock::{LockFile, Pin};
use super::place::Place;
use super::version;

/// The version of a package that will be read.
#[derive(Debug, Clone)]
pub(super) struct Resolved {
    pub ecosystem: usize,
    pub package: Installed,
    /// Whether a lock file names the package.
    pub locked: bool,
    /// Whether it was asked for by the last parts of its path alone.
    pub by_part: bool,
    /// What the reader should know of the version.
    pub note: Option<String>,
}

/// Where packages are looked for, and which versions are wanted.
pub(super) struct Sources<'a> {
    pub ecosystems: &'a Ecosystems,
    pub places: &'a [Place],
    pub locks: &'a [LockFile],
}

impl Sources<'_> {
    /// The packages of that name, one for each ecosystem that has it, those that a
    /// lock file names first. `version` is wanted before what a lock file names.
    pub fn resolve(&self, name: &str, version: Option<&str>) -> Vec<Resolved> {
        let all = 0..self.ecosystems.all.len();
        let mut found: Vec<Resolved> =
            all.filter_map(|n| self.resolve_in(n, name, version)).collect();
        found.sort_by_key(|r| !r.locked);
        found
    }

    /// As [`Self::resolve`], of one ecosystem.
    pub fn resolve_in(&self, number: usize, name: &str, version: Option<&str>) -> Option<Resolved> {
        let ecosystem = &self.ecosystems.all[number];
        let pins = self.pins(number, ecosystem, name);
        let pin = pins.first();
        let looked_for = pin.map_or(name, |(_, pin)| pin.instead.as_deref().unwrap_or(&pin.name));
        let by_place: Vec<Vec<Installed>> = self
            .places
            .iter()
            .filter(|p| p.ecosystem == number)
            .map(|p| install::find(p, ecosystem, looked_for))
            .filter(|found| !found.is_empty())
            .collect();
        let (lock, wanted) = match (version, pin) {
            (Some(version), _) => (None, Some(version)),
            (None, Some((lock, pin))) => (Some(lock.path.as_str()), Some(pin.version.as_str())),
            (None, None) => (None, None),
        };
        let package = choose(&by_place, wanted)?;
        let mut note = wanted
            .filter(|wanted| {
                !package.version.is_empty() && !version::same(wanted, &package.version)
            })
            .map(|wanted| {
                let who = lock.map_or_else(
                    || format!("{wanted} was asked for"),
                    |lock| format!("{lock} names {wanted}"),
                );
                format!("{}: installed {}, {who}", package.name, package.version)
            });
        let mut others: Vec<&str> = pins.iter().map(|(_, pin)| pin.version.as_str()).collect();
        others.dedup();
        if note.is_none() && version.is_none() && others.len() > 1 {
            note = Some(format!(
                "{}: the lock files name {}; this is {}",
                package.name,
                others.join(", "),
                if package.version.is_empty() { "the vendored one" } else { &package.version }
            ));
        }
        let mut package = package.clone();
        if package.version.is_empty() {
            // What is vendored is what the lock file names.
            package.version = wanted.unwrap_or_default().to_owned();
        }
        let by_part = pin.is_some_and(|(_, pin)| is_part(ecosystem, name, &pin.name));
        Some(Resolved { ecosystem: number, package, locked: pin.is_some(), by_part, note })
    }

    /// The first package of that very name which a lock file names and no place has,
    /// with the number of its ecosystem.
    pub fn missing(&self, name: &str) -> Option<(usize, Missing)> {
        let mut all = self.ecosystems.all.iter().enumerate();
        all.find_map(|(number, ecosystem)| {
            let pins = self.pins(number, ecosystem, name);
            let (lock, pin) = pins.first()?;
            if is_part(ecosystem, name, &pin.name) || self.resolve_in(number, name, None).is_some()
            {
                return None;
            }
            let named = (pin.name.clone(), pin.version.clone(), lock.path.clone());
            let (name, version, lock) = named;
            Some((number, Missing { name, version, lock }))
        })
    }

    /// What the lock files name, in the order in which they count. An artifact of
    /// Java may be named without its group; a module of Go by the last parts of its
    /// path, if none has the whole name.
    fn pins(&self, number: usize, ecosystem: &Ecosystem, name: &str) -> Vec<(&LockFile, &Pin)> {
        let wanted = ecosystem.key(name);
        let artifact = format!(":{name}");
        let locks = self.locks.iter().filter(|lock| lock.ecosystem == number);
        let all = locks.flat_map(|lock| lock.pins.iter().map(move |pin| (lock, pin)));
        let whole = |pin: &Pin| ecosystem.key(&pin.name) == wanted || pin.name.ends_with(&artifact);
        let mut found: Vec<_> = all.clone().filter(|(_, pin)| whole(pin)).collect();
        if found.is_empty() {
            found.extend(all.filter(|(_, pin)| is_part(ecosystem, name, &pin.name)));
            // Of two modules that end alike one is taken, not a mixture.
            let first = found.first().map(|(_, pin)| pin.name.clone());
            found.retain(|(_, pin)| Some(&pin.name) == first.as_ref());
        }
        found
    }
}

/// Whether a name is the end of a module's path, such as `toml` of
/// `github.com/BurntSushi/toml`; `/v2` at the path's end does not count.
fn is_part(ecosystem: &Ecosystem, name: &str, module: &str) -> bool {
    if ecosystem.import.form != ImportForm::Path || name.is_empty() {
        return false;
    }
    let module = match module.rsplit_once("/v") {
        Some((path, major)) if major.bytes().all(|b| b.is_ascii_digit()) => path,
        _ => module,
    };
    module.strip_suffix(name).is_some_and(|before| before.ends_with('/'))
}

/// The wanted version from the first place that has it, else the nearest one of the
/// first place if that is an environment: what the repository runs with says more
/// than what the system has, though that be nearer. Stores hold what any project
/// fetched, so of them the nearest of all is taken. With none wanted, the newest of
/// the first place.
fn choose<'a>(by_place: &'a [Vec<Installed>], wanted: Option<&str>) -> Option<&'a Installed> {
    let first = by_place.first()?;
    let Some(wanted) = wanted else {
        return first.iter().max_by(|a, b| version::compare(&a.version, &b.version));
    };
    let exact = |p: &&Installed| p.version.is_empty() || version::same(&p.version, wanted);
    if let Some(exact) = by_place.iter().flatten().find(exact) {
        return Some(exact);
    }
    let own = first.iter().any(|p| p.layout.is_environment());
    let among = if own { &by_place[..1] } else { by_place };
    among.iter().flatten().min_by_key(|p| version::distance(&p.version, wanted))
}
