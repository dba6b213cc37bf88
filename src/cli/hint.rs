//! The next step after a failure, one function for each module's errors.

mod system;

use std::error::Error;

use super::error::Advice;
use crate::agent::tool::ToolSpecError;
use crate::agent::{AgentError, PromptError};
use crate::asset::AssetError;
use crate::change::ChangeError;
use crate::config::ConfigError;
use crate::config::trust::TrustError;
use crate::docs::DocsError;
use crate::engine::EngineError;
use crate::engine::model::ModelError;
use crate::engine::remote::RemoteError;
use crate::eval::EvalError;
use crate::eval::dataset::DatasetError;
use crate::eval::import::ImportError;
use crate::eval::mine::MineError;
use crate::hook::HookError;
use crate::index::IndexError;
use crate::lang::LangError;
use crate::review::ReviewError;
use crate::review::qualify::QualifyError;
use crate::risk::RiskError;
use crate::sentry::SentryError;
#[cfg(feature = "export")]
use crate::sentry::export::ExportError;
use crate::store::StoreError;

type Dyn = dyn Error + 'static;

/// The hint of the innermost error that has one. A full disk comes first, whatever it
/// stopped; what the system says of a path comes last.
pub(super) fn hint(error: &anyhow::Error) -> Option<String> {
    let causes: Vec<&Dyn> = error.chain().map(inner).collect();
    if causes.iter().any(|cause| system::is_full(*cause)) {
        return Some(system::FULL.to_owned());
    }
    let own = causes.iter().rev().find_map(|cause| {
        cause
            .downcast_ref::<Advice>()
            .map(|e| e.help.clone())
            .or_else(|| cause.downcast_ref().and_then(change))
            .or_else(|| cause.downcast_ref().and_then(hook))
            .or_else(|| cause.downcast_ref().and_then(store))
            .or_else(|| cause.downcast_ref().and_then(config))
            .or_else(|| cause.downcast_ref().and_then(trust))
            .or_else(|| cause.downcast_ref().and_then(sentry))
            .or_else(|| further(*cause))
            .or_else(|| cause.downcast_ref().and_then(docs))
            .or_else(|| cause.downcast_ref().and_then(engine))
            .or_else(|| cause.downcast_ref().and_then(remote))
            .or_else(|| cause.downcast_ref().and_then(model))
            .or_else(|| cause.downcast_ref().and_then(asset))
            .or_else(|| cause.downcast_ref().and_then(prompt))
            .or_else(|| cause.downcast_ref().and_then(lang))
            .or_else(|| cause.downcast_ref().and_then(index))
            .or_else(|| cause.downcast_ref().and_then(risk))
            .or_else(|| cause.downcast_ref().and_then(review))
            .or_else(|| cause.downcast_ref().and_then(eval))
            .or_else(|| cause.downcast_ref().and_then(dataset))
            .or_else(|| cause.downcast_ref().and_then(import))
            .or_else(|| cause.downcast_ref().and_then(mine))
            .or_else(|| cause.downcast_ref().and_then(qualify))
    });
    own.or_else(|| causes.into_iter().find_map(system::hint))
}

/// Hints of the parts that not every build has.
#[cfg(feature = "export")]
fn further(cause: &Dyn) -> Option<String> {
    cause.downcast_ref().and_then(export)
}

#[cfg(not(feature = "export"))]
fn further(_: &Dyn) -> Option<String> {
    None
}

/// What a transparent error stands for: such a one hides its source from the
/// chain, since both say the same.
fn inner(error: &Dyn) -> &Dyn {
    let next: Option<&Dyn> = None
        .or_else(|| match error.downcast_ref::<ReviewError>()? {
            ReviewError::Asset(e) => Some(e as &Dyn),
            ReviewError::Change(e) => Some(e),
            ReviewError::Store(e) => Some(e),
            ReviewError::Index(e) => Some(e),
            ReviewError::Sentry(e) => Some(e),
            ReviewError::Agent(e) => Some(e),
            ReviewError::Engine(e) => Some(e),
            ReviewError::Prompt(e) => Some(e),
            ReviewError::Risk(e) => Some(e),
            _ => None,
        })
        .or_else(|| match error.downcast_ref::<RiskError>()? {
            RiskError::Change(e) => Some(e as &Dyn),
            RiskError::Store(e) => Some(e),
            RiskError::Sentry(e) => Some(e),
            RiskError::Index(e) => Some(e),
            _ => None,
        })
        .or_else(|| match error.downcast_ref::<QualifyError>()? {
            QualifyError::Asset(e) => Some(e as &Dyn),
            QualifyError::Agent(e) => Some(e),
            QualifyError::Engine(e) => Some(e),
            QualifyError::Prompt(e) => Some(e),
            _ => None,
        })
        .or_else(|| match error.downcast_ref::<AgentError>()? {
            AgentError::Engine(e) => Some(e as &Dyn),
            AgentError::Prompt(e) => Some(e),
        })
        .or_else(|| match error.downcast_ref::<IndexError>()? {
            IndexError::Store(e) => Some(e as &Dyn),
            IndexError::Change(e) => Some(e),
            IndexError::Engine(e) => Some(e),
            _ => None,
        })
        .or_else(|| match error.downcast_ref::<SentryError>()? {
            SentryError::Store(e) => Some(e as &Dyn),
            _ => None,
        })
        .or_else(|| match error.downcast_ref::<DocsError>()? {
            DocsError::Asset(e) => Some(e as &Dyn),
            DocsError::Store(e) => Some(e),
            DocsError::Change(e) => Some(e),
            _ => None,
        })
        .or_else(|| match error.downcast_ref::<PromptError>()? {
            PromptError::Asset(e) => Some(e as &Dyn),
            _ => None,
        })
        .or_else(|| match error.downcast_ref::<ToolSpecError>()? {
            ToolSpecError::Asset(e) => Some(e as &Dyn),
            _ => None,
        })
        .or_else(|| match error.downcast_ref::<LangError>()? {
            LangError::Asset(e) => Some(e as &Dyn),
            _ => None,
        })
        .or_else(|| match error.downcast_ref::<ModelError>()? {
            ModelError::Asset(e) => Some(e as &Dyn),
            _ => None,
        });
    next.map_or(error, inner)
}

fn hook(error: &HookError) -> Option<String> {
    let help = match error {
        HookError::Shared { .. } => {
            "add `--force` to review the pushes of all of them, or give this repository its own \
             folder with `git config core.hooksPath .git/hooks`"
        }
        HookError::Occupied { .. } => "remove one of the two, then install again",
        HookError::NotOurs(_) => "remove it by hand if it is not wanted",
        HookError::Change(_) | HookError::Io { .. } | HookError::BadLine { .. } => return None,
    };
    Some(help.to_owned())
}

fn change(error: &ChangeError) -> Option<String> {
    let help = match error {
        ChangeError::NotARepository(_) => {
            "go to a repository, or name one with `-C DIR`; `forewarn try` needs none"
        }
        ChangeError::GitMissing => "install git and see that it is on the PATH",
        ChangeError::UnknownRevision(_) => {
            "`git log --oneline` and `git branch -a` list what there is; `git fetch` gets more"
        }
        ChangeError::Unborn => "commit something, or review with `--staged`",
        ChangeError::NoUpstream => {
            "add a commit or a range to the command, `HEAD` for the last commit; or set an upstream \
             with `git branch -u`"
        }
        ChangeError::Shallow(_) => {
            "get the rest of the history with `git fetch --unshallow`, or more of it with \
             `git fetch --deepen=100`"
        }
        ChangeError::NoMergeBase(..) => "compare the two trees as `A..B` instead of `A...B`",
        ChangeError::NoDiff(_) => "`git diff` and `git format-patch` write what is read here",
        ChangeError::PatchFails(..) => {
            "check out the commit that the patch was made for, or review the commit itself"
        }
        ChangeError::Conflict(_) => {
            "resolve them and `git add` the files, or review with `--worktree`"
        }
        ChangeError::Bare => "name a range of commits; a bare repository has no work tree or index",
        ChangeError::Git { .. } | ChangeError::Io { .. } | ChangeError::Write { .. } => {
            return None;
        }
    };
    Some(help.to_owned())
}

fn store(error: &StoreError) -> Option<String> {
    let help = match error {
        StoreError::Newer { .. } => "update forewarn; the database was left as it is".to_owned(),
        StoreError::Locked { .. } => {
            "another forewarn is writing; try again when it is done".to_owned()
        }
        StoreError::Damaged { path } => format!(
            "move {} away to begin anew; nothing was changed, and it may be repaired with \
             `sqlite3 FILE .recover`",
            path.display()
        ),
        StoreError::NotFound { what: "memory", .. } => {
            "`forewarn memory list` shows the numbers".to_owned()
        }
        StoreError::NotFound { id, .. } if id == "last" => {
            "nothing was reviewed here yet: run `forewarn review`".to_owned()
        }
        StoreError::NotFound { what: "review" | "finding" | "review or finding", .. } => {
            "`forewarn log` lists the reviews, `forewarn show ID` their findings".to_owned()
        }
        StoreError::Ambiguous { .. } => "give more of the id".to_owned(),
        StoreError::Folder { path, .. } => {
            format!("see that {} can be written", path.display())
        }
        StoreError::Open { path, .. } => {
            format!(
                "see that {} can be read and written, and that the disk is not full",
                path.display()
            )
        }
        _ => return None,
    };
    Some(help)
}

fn config(error: &ConfigError) -> Option<String> {
    Some(match error {
        ConfigError::UnknownKey { nearest: Some(nearest), .. } => {
            format!("did you mean `{nearest}`? `forewarn config` lists all settings")
        }
        ConfigError::UnknownKey { .. } => "`forewarn config` lists all settings".to_owned(),
        ConfigError::Value { key, .. } => {
            format!("`forewarn config --defaults` explains `{key}` and shows its default")
        }
        ConfigError::Denied { key, .. } => {
            format!("remove it there; set `{key}` in your own file (`forewarn config --path`)")
        }
        ConfigError::Flag(_) => "write it like `--set review.max_files=3`".to_owned(),
        ConfigError::Syntax { .. } | ConfigError::Read { .. } => {
            "correct the file, or move it away to go on with the defaults".to_owned()
        }
    })
}

fn trust(error: &TrustError) -> Option<String> {
    match error {
        TrustError::Refused { .. } => Some(
            "remove it; your own folder (see `forewarn config --path`) may hold such a file"
                .to_owned(),
        ),
        TrustError::Nothing => Some("there is nothing to trust".to_owned()),
        TrustError::Read { .. } | TrustError::Write { .. } => None,
    }
}

fn sentry(error: &SentryError) -> Option<String> {
    match error {
        SentryError::NotFound(_) => {
            Some("`forewarn sentry search` lists what was imported".to_owned())
        }
        SentryError::Exists(_) => Some("name another file, or remove that one".to_owned()),
        SentryError::NotSnapshot(_) => {
            Some("`forewarn sentry snapshot -o FILE` makes one of the cache".to_owned())
        }
        SentryError::Nothing(_) => Some(
            "export issues or events as JSON in the form of Sentry's API, one object, an array, \
             or one a line"
                .to_owned(),
        ),
        SentryError::Foreign { hint, .. } => Some(hint.clone()),
        SentryError::Pattern { setting, .. } => {
            Some(format!("correct it; `forewarn config` shows which file sets `{setting}`"))
        }
        _ => None,
    }
}

#[cfg(feature = "export")]
fn export(error: &ExportError) -> Option<String> {
    let help = match error {
        ExportError::Url { .. } => "write it like https://sentry.example.org",
        ExportError::Token(_) => "create one in the server's settings, under Auth Tokens",
        ExportError::Exists(_) => "name another file, or remove that one",
        ExportError::Other(_) => {
            "give the command it was begun with to go on with it, remove the folder, or name \
             another file"
        }
        ExportError::State { .. } => "remove the folder it lies in to begin anew",
        ExportError::Denied { .. } => {
            "the token must be valid there and have the scopes org:read, project:read and \
             event:read; with another one the same command goes on where it was"
        }
        ExportError::NotFound { .. } | ExportError::Slug(_) => {
            "both are slugs, as in the addresses of its pages \
             (/organizations/ORG/projects/PROJECT/), and the token must be allowed to read them"
        }
        ExportError::Refused { .. } => "check `--query` and `--since`",
        ExportError::Unreachable { .. } => {
            "check the address; `--ca-file` names the certificates of a server with its own; the \
             same command goes on where it was"
        }
        ExportError::Failing { .. } | ExportError::Limited { .. } | ExportError::Endless { .. } => {
            "what was fetched is kept: give the same command again later, and it goes on"
        }
        ExportError::GaveUp { .. } => {
            "what was fetched is kept: the same command asks for these issues once more, and goes \
             on without their events if they fail again"
        }
        ExportError::Redirected { .. } => "if you trust that address, name it with `--url`",
        ExportError::Page { .. } => {
            "`--url` must be the server itself, not a page of it or a gateway before it"
        }
        ExportError::Scrub(error) => return sentry(error),
        ExportError::Busy(_)
        | ExportError::Io { .. }
        | ExportError::Pack(_)
        | ExportError::Certificates(_)
        | ExportError::TooLarge { .. } => return None,
    };
    Some(help.to_owned())
}

fn docs(error: &DocsError) -> Option<String> {
    Some(match error {
        DocsError::Toml { path, .. } | DocsError::Pattern { path, .. } => own_file(path),
        DocsError::Setting(_) => "write it like \"python=/opt/env/lib/python3.12/site-packages\"; \
             `forewarn config --defaults` explains it"
            .to_owned(),
        DocsError::Unreadable { .. } => {
            "fetch it again with its package manager, or name another version as NAME@VERSION"
                .to_owned()
        }
        DocsError::Damaged { .. } => {
            "get the file again and import it anew; what was imported before is kept".to_owned()
        }
        DocsError::Packed { path } => {
            format!(
                "unpack it with `tar xzf {}`, and add the docset that comes out",
                path.display()
            )
        }
        DocsError::Nothing { .. } => {
            "name a folder or file of Markdown or HTML, a DevDocs folder (index.json and \
             db.json) or a Dash docset"
                .to_owned()
        }
        DocsError::Unknown { near, .. } if !near.is_empty() => {
            format!("the nearest are {}", near.join(", "))
        }
        DocsError::Unknown { .. } => {
            "`forewarn docs list` shows what is kept; install the package, or import its \
             documentation with `forewarn docs add PATH`"
                .to_owned()
        }
        DocsError::NotInstalled { get, .. } => format!(
            "install it ({get}); `docs.places` in your settings names further folders, and `forewarn \
             docs add PATH` imports documentation"
        ),
        DocsError::NoWords => "name what you look for, for example a function".to_owned(),
        _ => return None,
    })
}

fn engine(error: &EngineError) -> Option<String> {
    let help = match error {
        EngineError::Damaged { .. } => {
            "`forewarn models check` tells which installed files are damaged and how to get them \
             anew"
        }
        EngineError::Architecture(_) => "`forewarn models list` shows the models that work",
        EngineError::Template { .. } => {
            "choose another model with `--set model.llm=NAME`, or `none` to go on without"
        }
        EngineError::TooLong { .. } => "raise `model.context`, or review a smaller change",
        EngineError::Format { .. } => {
            "get the model in another quantisation, for example Q4_K_M or Q8_0"
        }
        EngineError::Memory { window, instead, .. } => {
            return Some(memory(*window, instead.as_deref()));
        }
        EngineError::Remote(error) => return remote(error),
        _ => return None,
    };
    Some(help.to_owned())
}

fn remote(error: &RemoteError) -> Option<String> {
    let help = match error {
        RemoteError::Window { .. } => {
            "lower `endpoint.context`, or start the server with a larger window"
        }
        RemoteError::Setting { .. } => "`forewarn config` shows which file sets it",
        RemoteError::Status { status: 401 | 403, .. } => {
            "name the variable that holds the key in `endpoint.api_key_env`"
        }
        RemoteError::Unreachable { .. } | RemoteError::Silent { .. } => {
            "start the server, or go on without with `--set endpoint.url=\"\"`"
        }
        _ => return None,
    };
    Some(help.to_owned())
}

/// What to do about a model that does not fit.
fn memory(window: usize, instead: Option<&str>) -> String {
    /// Below this a change hardly fits into the window.
    const LEAST: usize = 4096;
    let smaller = match instead {
        Some(name) => format!(
            "`forewarn models pull {name}` and `--set model.llm={name}` would fit, or close other \
             programs"
        ),
        None => "close other programs; no smaller model would fit".to_owned(),
    };
    match window {
        LEAST.. => format!("`--set model.context={window}` would fit; {smaller}"),
        _ => smaller,
    }
}

fn asset(error: &AssetError) -> Option<String> {
    match error {
        AssetError::Missing(path) => {
            Some(format!("restore `{path}`, or remove the file that names it"))
        }
        AssetError::NotUtf8(_) => Some("save the file as UTF-8".to_owned()),
        AssetError::Io { .. } => None,
    }
}

fn model(error: &ModelError) -> Option<String> {
    match error {
        ModelError::Manifest { path, .. } | ModelError::Invalid { path, .. } => {
            Some(format!("correct or remove {path} in your own folder of settings"))
        }
        ModelError::Unknown { .. } | ModelError::WrongKind { .. } => {
            Some("`forewarn models list` shows every model and its kind".to_owned())
        }
        ModelError::NotInstalled { name } => Some(format!(
            "`forewarn models pull {name}` gets it; `forewarn models list` shows what is installed"
        )),
        ModelError::Gguf { .. } => Some("get the file again, or choose another model".to_owned()),
        // These say it themselves, or there is nothing to add to the system's words.
        _ => None,
    }
}

fn prompt(error: &PromptError) -> Option<String> {
    match error {
        PromptError::Asset(_) => None,
        PromptError::Template { name, .. }
        | PromptError::Schema { name, .. }
        | PromptError::Slot { name, .. } => Some(own_file(name)),
    }
}

fn lang(error: &LangError) -> Option<String> {
    match error {
        LangError::Asset(_) => None,
        LangError::Toml { file, .. }
        | LangError::Query { file, .. }
        | LangError::Parser { file, .. }
        | LangError::Glob { file, .. } => Some(own_file(file)),
    }
}

fn index(error: &IndexError) -> Option<String> {
    match error {
        IndexError::Pattern(_) => Some(
            "put a backslash before characters that are meant as they are; without `--regex` \
             words are searched"
                .to_owned(),
        ),
        IndexError::Glob(_) => Some("name a folder, or a glob such as '*.py'".to_owned()),
        _ => None,
    }
}

fn eval(error: &EvalError) -> Option<String> {
    let help = match error {
        EvalError::NotARun(_) => "name a folder that `forewarn eval run` wrote",
        EvalError::Busy(_) => "wait for it to end, or name another folder with `-o DIR`",
        EvalError::Other(_) => "name another folder with `-o DIR`, or remove that one",
        EvalError::Form { .. } => "remove the folder it lies in, and run again",
        EvalError::Program { .. } => "name a program that can be run here with `--program FILE`",
        EvalError::Inputs { .. } => {
            "check `--config` and `--set`; a build from before `forewarn eval` cannot be evaluated"
        }
        EvalError::Interrupted => "give the same command again: it goes on where it was",
        EvalError::Unlike(_) => {
            "run both on the same cases: the same dataset, `--half`, `--only`, `--label` and \
             `--language`"
        }
        _ => return None,
    };
    Some(help.to_owned())
}

fn import(error: &ImportError) -> Option<String> {
    let hint = match error {
        ImportError::Record { .. } => {
            "correct the record, or name the importer of this form (docs/evaluation.md)"
        }
        ImportError::NotEmpty(_) => "name a new folder with `-o DIR`",
        ImportError::Nothing { .. } => {
            "cases need the repository's clone: name the folder of your clones with `--clones \
             DIR`"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

fn mine(error: &MineError) -> Option<String> {
    match error {
        MineError::NoTip(_) => Some("name a commit or a branch with `--tip`".to_owned()),
        MineError::Change(_) => None,
    }
}

fn dataset(error: &DatasetError) -> Option<String> {
    match error {
        DatasetError::NotADataset(_) => {
            Some("name a folder with dataset.toml and cases/ (docs/evaluation.md)".to_owned())
        }
        DatasetError::Faulty { .. } => Some("docs/evaluation.md describes the form".to_owned()),
        DatasetError::Io { .. } => None,
    }
}

fn own_file(name: &str) -> String {
    format!("correct `{name}` in your own or the repository's folder, or remove it to use ours")
}

fn risk(error: &RiskError) -> Option<String> {
    match error {
        RiskError::Glob { .. } => {
            Some("`forewarn config` shows which file sets the pattern; correct it there".to_owned())
        }
        _ => None,
    }
}

fn review(error: &ReviewError) -> Option<String> {
    match error {
        ReviewError::Record(_) => Some("review again with `--fresh`".to_owned()),
        ReviewError::Rubric { .. } => Some(own_file("prompts/severity.toml")),
        ReviewError::Calibration { .. } => Some(own_file("grammars/calibration.toml")),
        _ => None,
    }
}

fn qualify(error: &QualifyError) -> Option<String> {
    match error {
        QualifyError::Toml { path, .. } | QualifyError::Probe { path, .. } => Some(own_file(path)),
        QualifyError::NoProbabilities { .. } => Some(
            "serve the model with one that gives log-probabilities, for example llama-server or \
             vLLM"
                .to_owned(),
        ),
        _ => None,
    }
}
