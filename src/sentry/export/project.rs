//! Finds the numbers of the projects, which all servers list issues by; and with
//! that, whether address, token and names are right before anything long begins.

use super::state::Listing;
use super::{ExportError, Run, page};
use crate::sentry::json;

pub(super) fn path(run: &Run<'_>, slug: &str) -> String {
    format!("/api/0/projects/{}/{}/", page::encode(&run.settings.asked.org), page::encode(slug))
}

pub(super) fn find(run: &mut Run<'_>) -> Result<(), ExportError> {
    // Also when going on: the token or the address may have changed.
    let mut ids = Vec::new();
    for slug in &run.settings.asked.projects {
        let reply = run.client.get(&path(run, slug))?;
        let id = reply.value.as_object().and_then(|project| json::text(project, &["id"]));
        match id {
            Some(id) if reply.is_success() => ids.push(id),
            _ => {
                return Err(ExportError::NotFound {
                    address: run.client.address(),
                    org: run.settings.asked.org.clone(),
                    project: slug.clone(),
                });
            }
        }
    }
    if run.work.state.listings.is_empty() {
        let limit = run.settings.limits.page;
        let listing = |id| Listing { id, cursor: None, limit, done: false };
        run.work.state.listings = ids.into_iter().map(listing).collect();
        run.work.commit()?;
    }
    Ok(())
}
