//! Changes that no later commit found fault with.

use super::history::{Entry, blame};
use super::{Miner, day};
use crate::change::ChangeError;
use crate::eval::dataset::Label;
use crate::eval::import::{NewCase, NewChange, time};

use super::fix::short;

const DAY: i64 = 86_400;

/// Whether a commit is worth a closer look, by what the history alone tells.
pub(super) fn may_be_safe(miner: &Miner<'_>, entry: &Entry) -> bool {
    let limits = &miner.settings.safe;
    let sources = miner.sources(&entry.files).count();
    let until = entry.time + limits.quiet_days * DAY;
    (1..=limits.files).contains(&sources)
        && entry.files.len() <= 2 * limits.files
        && until <= miner.history.tip_time
        && !miner.settings.may_be_fix(&entry.subject)
        && !miner.sources(&entry.files).any(|path| {
            let later = |e: &&Entry| e.time > entry.time && e.time <= until;
            miner.history.of(path).filter(later).any(|e| miner.settings.may_be_fix(&e.subject))
        })
}

/// A safe case of a commit, or why it is none.
pub(super) fn read(
    miner: &Miner<'_>,
    entry: &Entry,
) -> Result<Result<NewCase, String>, ChangeError> {
    let limits = &miner.settings.safe;
    let added = miner.added(entry)?;
    let all: usize = added.values().map(Vec::len).sum();
    if all < limits.least_lines || all > limits.lines {
        return Ok(Err(format!("it adds {all} lines of code")));
    }
    let tip = &miner.history.tip;
    let mut alive = 0;
    for (path, lines) in &added {
        if !miner.history.has(path) {
            return Ok(Err(format!("{path} is gone")));
        }
        let blamed = blame(miner.repo, tip, path, None, Some(&entry.id))?;
        let own = blamed.iter().filter(|l| l.commit == entry.id && lines.contains(&l.line));
        alive += own.count();
    }
    let share = alive as f64 / all as f64;
    if share < limits.survive {
        return Ok(Err(format!("{alive} of its {all} lines of code are alive")));
    }
    let paths: Vec<String> = added.into_keys().collect();
    Ok(Ok(NewCase {
        id: format!("safe-{}", short(&entry.id)),
        title: crate::plain::line(&entry.subject, 100),
        language: miner.language(&paths),
        label: Label::Safe,
        why: format!(
            "{alive} of its {all} added lines of code are still in {} of {}, and for {} days no \
             commit that reads like a fix touched its files. {}",
            short(tip),
            day(miner.history.tip_time),
            limits.quiet_days,
            miner.settings.doubt.safe
        ),
        date: time(entry.time),
        message: None,
        description: None,
        tags: vec!["mined".to_owned(), "safe".to_owned()],
        change: NewChange::Commits {
            repository: miner.repository.clone(),
            base: entry.parent.clone(),
            head: entry.id.clone(),
        },
        sentry: miner.sentry(),
        rejects: Vec::new(),
        bugs: Vec::new(),
    }))
}
