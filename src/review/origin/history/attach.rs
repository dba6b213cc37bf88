//! Production evidence for what another origin found: a crash of that kind in the function.

use super::table::load;
use super::{prove, word};
use crate::asset::Assets;
use crate::finding::Hypothesis;
use crate::history::Relation;
use crate::review::origin::{DraftError, Scene};

/// Adds to each hypothesis the issues whose error is of its kind and that crashed in its
/// function; the history origin itself says nothing where the check and the use have too
/// little in common.
pub(in crate::review::origin) fn attach(
    found: &mut [Hypothesis],
    scene: &Scene<'_>,
    assets: &Assets,
) -> Result<(), DraftError> {
    if found.is_empty() || scene.history.past.is_empty() {
        return Ok(());
    }
    let rules = load(assets)?;
    for hypothesis in found {
        let path = hypothesis.location.path.as_str();
        let Some(language) = scene.head.languages().of(path, "") else { continue };
        for past in &scene.history.past {
            if past.relation != Relation::Crashed
                || past.is_unsure()
                || past.path != path
                || past.symbol != hypothesis.symbol
            {
                continue;
            }
            let mut causes = rules.causes(past, &language.name);
            let Some(cause) = causes.find(|c| c.rule.row.kind == hypothesis.kind) else { continue };
            if !prove::is_ours(past, &cause, scene)? {
                continue;
            }
            let evidence = word::of_issue(past);
            if !hypothesis.evidence.contains(&evidence) {
                hypothesis.evidence.push(evidence);
                let issue = &past.found.issue;
                let name = issue.short_id.as_deref().unwrap_or(&issue.id);
                hypothesis.checked.push(format!("{name} crashed in this function"));
            }
        }
    }
    Ok(())
}
