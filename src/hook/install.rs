//! Puts the pre-push script where git looks for it, and takes it away again.

use std::path::{Path, PathBuf};

use super::HookError;
use crate::change::Repo;

const SCRIPT: &str = include_str!("pre-push.sh");
/// Stands in every version of the script, so that it is known again.
const MARK: &str = "# forewarn-hook ";
const HOOK: &str = "pre-push";
/// Name of a hook that was there before; the script calls it first.
const CHAINED: &str = "pre-push.forewarn-chained";

/// The folder that git takes a repository's hooks from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hooks {
    pub folder: PathBuf,
    /// Scope of the `core.hooksPath` that named the folder (`local`, `worktree`,
    /// `global`, `system`); `None` for the repository's own.
    pub scope: Option<String>,
}

/// What is in the place of the hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    Absent,
    /// A hook that is not forewarn's.
    Other,
    Installed {
        program: Program,
        chained: Chained,
    },
}

/// The program that an installed hook calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    Present(PathBuf),
    Gone(PathBuf),
    /// The script was edited.
    Unknown,
}

/// Whether a hook that was there before is called first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chained {
    Yes,
    No,
    /// It is kept, but not executable, so it is not called.
    NotExecutable,
}

/// What an installation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installed {
    New,
    /// A hook that was there before is kept and called first.
    Chaining,
    /// Forewarn's hook was there; it now calls this program.
    Refreshed,
}

/// What a removal did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// There was no hook.
    Nothing,
    Hook,
    /// The hook that was there before is back.
    Restored,
}

impl Hooks {
    /// Finds the folder: `core.hooksPath`, relative to the top of the work
    /// tree, else `hooks` in the git folder that all worktrees share.
    pub fn of(repo: &Repo) -> Result<Self, HookError> {
        let default = Self { folder: repo.common_dir.join("hooks"), scope: None };
        let output = repo.run(&[
            "config",
            "-z",
            "--show-scope",
            "--type=path",
            "--get-all",
            "core.hooksPath",
        ])?;
        let text = String::from_utf8_lossy(&output);
        let fields: Vec<&str> = text.split('\0').collect();
        // The settings of our own command line are in the list, as `command`.
        let set = fields.chunks_exact(2).rfind(|pair| pair[0] != "command" && !pair[1].is_empty());
        Ok(match set {
            Some([scope, path]) => {
                let root = repo.worktree.as_ref().unwrap_or(&repo.git_dir);
                Self { folder: root.join(path), scope: Some((*scope).to_owned()) }
            }
            _ => default,
        })
    }

    /// Where the hook is or would be.
    pub fn file(&self) -> PathBuf {
        self.folder.join(HOOK)
    }

    fn chained_file(&self) -> PathBuf {
        self.folder.join(CHAINED)
    }

    /// Looks at what is there.
    pub fn status(&self) -> Result<Status, HookError> {
        let Some(text) = self.read()? else { return Ok(Status::Absent) };
        if !text.contains(MARK) {
            return Ok(Status::Other);
        }
        let quoted = text.lines().find_map(|l| l.strip_prefix("forewarn="));
        let program = match quoted.and_then(unquote) {
            Some(path) if path.is_file() => Program::Present(path),
            Some(path) => Program::Gone(path),
            None => Program::Unknown,
        };
        let chained = match std::fs::metadata(self.chained_file()) {
            Ok(data) if is_executable(&data) => Chained::Yes,
            Ok(_) => Chained::NotExecutable,
            Err(_) => Chained::No,
        };
        Ok(Status::Installed { program, chained })
    }

    /// Installs a hook that calls `program`. A hook that is there is kept and
    /// called first. A folder that other repositories use too is refused unless
    /// `force` is set.
    pub fn install(&self, program: &Path, force: bool) -> Result<Installed, HookError> {
        if let Some(scope) = self.scope.as_deref().filter(|s| ["global", "system"].contains(s))
            && !force
        {
            let (scope, folder) = (scope.to_owned(), self.folder.clone());
            return Err(HookError::Shared { scope, folder });
        }
        let (hook, chained) = (self.file(), self.chained_file());
        let done = match self.status()? {
            Status::Absent => Installed::New,
            Status::Installed { .. } => Installed::Refreshed,
            Status::Other if exists(&chained) => {
                return Err(HookError::Occupied { hook, chained });
            }
            Status::Other => Installed::Chaining,
        };
        std::fs::create_dir_all(&self.folder).map_err(io(&self.folder))?;
        // Written beside it first, so that a full disk leaves the old hook.
        let script = SCRIPT.replace("@FOREWARN@", &quote(program));
        let mut file = tempfile::Builder::new()
            .prefix(".forewarn-")
            .tempfile_in(&self.folder)
            .map_err(io(&self.folder))?;
        std::io::Write::write_all(&mut file, script.as_bytes()).map_err(io(&hook))?;
        make_executable(file.path()).map_err(io(&hook))?;
        if done == Installed::Chaining {
            std::fs::rename(&hook, &chained).map_err(io(&hook))?;
        }
        if let Err(error) = file.persist(&hook) {
            if done == Installed::Chaining {
                std::fs::rename(&chained, &hook).map_err(io(&hook))?;
            }
            return Err(io(&hook)(error.error));
        }
        Ok(done)
    }

    /// Removes the hook and puts back the one that was there before.
    pub fn uninstall(&self) -> Result<Removed, HookError> {
        let (hook, chained) = (self.file(), self.chained_file());
        match self.status()? {
            Status::Absent if !exists(&chained) => return Ok(Removed::Nothing),
            Status::Other => return Err(HookError::NotOurs(hook)),
            Status::Absent | Status::Installed { .. } => {}
        }
        if exists(&chained) {
            // One step: git always finds a hook.
            std::fs::rename(&chained, &hook).map_err(io(&hook))?;
            return Ok(Removed::Restored);
        }
        std::fs::remove_file(&hook).map_err(io(&hook))?;
        Ok(Removed::Hook)
    }

    fn read(&self) -> Result<Option<String>, HookError> {
        let hook = self.file();
        match std::fs::read(&hook) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            // A link to nowhere is still somebody's hook.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                Ok(exists(&hook).then(String::new))
            }
            Err(source) => Err(HookError::Io { path: hook, source }),
        }
    }
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> HookError + use<> {
    let path = path.to_owned();
    move |source| HookError::Io { path: path.clone(), source }
}

/// Whether something has this name, be it a link to nowhere.
fn exists(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// A path as one word of the shell; with forward slashes, which git's shell on
/// Windows wants.
fn quote(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() };
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn unquote(word: &str) -> Option<PathBuf> {
    let inner = word.trim_end().strip_prefix('\'')?.strip_suffix('\'')?;
    Some(inner.replace(r"'\''", "'").into())
}

#[cfg(unix)]
fn is_executable(data: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    data.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_data: &std::fs::Metadata) -> bool {
    true
}

#[cfg(unix)]
fn make_executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_the_shell() {
        for path in ["/usr/bin/forewarn", "/a b/it's/$x/`y`\"z"] {
            assert_eq!(unquote(&quote(Path::new(path))), Some(PathBuf::from(path)));
        }
        assert_eq!(unquote("forewarn"), None);
    }
}
