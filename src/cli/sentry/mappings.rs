//! `forewarn sentry mappings`: where the files of a running program lie in the
//! repository.

use std::io::Write;

use clap::Subcommand;

use crate::change::Repo;
use crate::cli::error::Advice;
use crate::cli::{Exit, output};
use crate::plain;
use crate::report::count;
use crate::sentry::{Mapping, Search, SentryCache};
use crate::store::Store;

use super::tree;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the mappings, and where each is from.
    List {
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say that paths of frames that begin with STACK_ROOT lie below SOURCE_ROOT.
    Add {
        /// Beginning of frames' paths, for example `/usr/src/app/`.
        stack_root: String,
        /// Folder of the repository; empty for its root.
        source_root: String,
        /// Only for a project's frames.
        #[arg(long, value_name = "SLUG", default_value = "")]
        project: String,
    },
    /// Remove a mapping.
    Remove {
        stack_root: String,
        #[arg(long, value_name = "SLUG", default_value = "")]
        project: String,
    },
    /// Suggest mappings by the frames and the files of HEAD.
    ///
    /// A frame that several files agree with suggests nothing, nor do frames that
    /// contradict each other.
    Derive {
        /// Add them.
        #[arg(short = 'y', long)]
        yes: bool,
    },
}

pub fn run(args: Args, repo: &Repo, store: &Store, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let cache = SentryCache::new(store);
    match args.action.unwrap_or(Action::List { json: false }) {
        Action::List { json } => {
            let mappings = cache.mappings()?;
            if json {
                output::json(out, &mappings)?;
            } else if mappings.is_empty() {
                writeln!(
                    out,
                    "No code mappings; `forewarn sentry mappings derive` suggests some, \
                     `forewarn sentry import` takes exported ones."
                )?;
            }
            for mapping in mappings.iter().filter(|_| !json) {
                writeln!(out, "{} ({})", row(mapping), plain::line(&mapping.origin, 20))?;
            }
        }
        Action::Add { stack_root, source_root, project } => {
            let source_root = folder(repo, &source_root)?;
            let origin = "user".to_owned();
            let mapping = Mapping { project, stack_root, source_root, origin };
            check(&cache, &mapping)?;
            cache.add_mappings(std::slice::from_ref(&mapping))?;
            writeln!(out, "{}", row(&mapping))?;
        }
        Action::Remove { stack_root, project } => {
            if !cache.remove_mapping(&project, &stack_root)? {
                let of = if project.is_empty() { "any project" } else { project.as_str() };
                return Err(Advice {
                    what: format!("there is no mapping of `{stack_root}` for {of}"),
                    help: "`forewarn sentry mappings list` shows those there are".into(),
                }
                .into());
            }
            writeln!(out, "Removed the mapping of {}.", root(&stack_root))?;
        }
        Action::Derive { yes } => derive(yes, repo, store, out)?,
    }
    Ok(Exit::Success)
}

/// A source root as the repository writes folders; it must be one of `HEAD`.
fn folder(repo: &Repo, source_root: &str) -> anyhow::Result<String> {
    let plain_root = source_root.replace('\\', "/");
    let outside = plain_root.starts_with('/')
        || plain_root.contains(':')
        || plain_root.split('/').any(|part| part == "..");
    let folder = plain_root.trim_start_matches("./").trim_matches('/');
    let folder = if folder == "." { "" } else { folder };
    let exists = || -> anyhow::Result<bool> {
        let Some(commit) = repo.resolve("HEAD", "commit")? else { return Ok(false) };
        let below = format!("{folder}/");
        Ok(repo.snapshot(&commit)?.entries().iter().any(|e| e.path.starts_with(&below)))
    };
    if outside || !folder.is_empty() && !exists()? {
        return Err(Advice {
            what: format!("`{}` is no folder of HEAD", plain::line(source_root, 200)),
            help: "give a folder as the repository calls it, such as services/shop, or \"\" for \
                   its root"
                .into(),
        }
        .into());
    }
    Ok(if folder.is_empty() { String::new() } else { format!("{folder}/") })
}

/// Refuses a project that the cache does not know, and a root that leads elsewhere.
fn check(cache: &SentryCache<'_>, mapping: &Mapping) -> anyhow::Result<()> {
    let project = &mapping.project;
    let of_project = Search { project: Some(project.clone()), limit: 1, ..Search::default() };
    if !project.is_empty() && cache.search(&of_project)?.is_empty() {
        return Err(Advice {
            what: format!("no cached issue is of project `{}`", plain::line(project, 60)),
            help: "`forewarn sentry status` names the projects".into(),
        }
        .into());
    }
    let known = cache.mappings()?;
    let other = known.iter().find(|m| {
        m.is_of(project, &mapping.stack_root)
            && m.source_root.trim_end_matches('/') != mapping.source_root.trim_end_matches('/')
    });
    if let Some(other) = other {
        return Err(Advice {
            what: format!("{} is there already", row(other)),
            help: "remove that one first: `forewarn sentry mappings remove`".into(),
        }
        .into());
    }
    Ok(())
}

fn derive(yes: bool, repo: &Repo, store: &Store, out: &mut dyn Write) -> anyhow::Result<()> {
    let tree = tree::files(repo, store)?;
    let cache = SentryCache::on(store, tree.as_ref());
    let derived = cache.derive_mappings()?;
    for found in &derived {
        let frames = count(found.frames as usize, "frame");
        writeln!(out, "{} ({frames})", row(&found.mapping))?;
    }
    if derived.is_empty() {
        writeln!(
            out,
            "The frames suggest no mapping that is not there, or contradict each other."
        )?;
    } else if yes {
        let mappings: Vec<Mapping> = derived.into_iter().map(|d| d.mapping).collect();
        cache.add_mappings(&mappings)?;
        writeln!(out, "Added {}.", count(mappings.len(), "mapping"))?;
    } else {
        writeln!(out, "`--yes` adds them.")?;
    }
    Ok(())
}

fn row(mapping: &Mapping) -> String {
    let of = match mapping.project.as_str() {
        "" => String::new(),
        project => format!("{}: ", plain::line(project, 60)),
    };
    format!("{of}{} -> {}", root(&mapping.stack_root), root(&mapping.source_root))
}

fn root(root: &str) -> String {
    match root {
        "" => "(root)".to_owned(),
        root => plain::line(root, 200),
    }
}
