//! Hands the agents their tools for one review.

use std::sync::Arc;

use crate::agent::tools::{
    DocsSearch, FindReferences, FindSymbol, History, LineHistory, ListTree, Outline, ReadLines,
    Search, SearchText, SentryByErrorType, SentryByFunction, SentryByKeywords, SentryDetails,
};
use crate::agent::{Tool, ToolSpec, Toolbox};
use crate::change::Change;
use crate::docs::Docs;
use crate::index::View;
use crate::sentry::Tree;

use super::World;

/// All tools that have something to answer from: without an export none of Sentry,
/// without packages or imported documentation none of documentation.
pub(super) fn toolbox(
    specs: Vec<ToolSpec>,
    world: &World,
    head: &Arc<View>,
    change: &Change,
    docs: Option<Arc<Docs>>,
    sentry: Option<Arc<Tree>>,
) -> Toolbox {
    let commit = change.head.commit.clone().or_else(|| change.base.commit.clone());
    let mut tools: Vec<Box<dyn Tool>> = vec![
        Box::new(ListTree::new(head.clone())),
        Box::new(ReadLines::new(head.clone())),
        Box::new(Outline::new(head.clone())),
        Box::new(FindSymbol::new(head.clone())),
        Box::new(FindReferences::new(head.clone())),
        Box::new(Search::new(
            head.clone(),
            world.embedder.clone(),
            world.config.search.clone(),
            change.files.iter().map(|f| f.path.clone()).collect(),
        )),
        Box::new(SearchText::new(head.clone())),
        Box::new(LineHistory::new(head.clone(), world.repo.clone(), commit)),
    ];
    if let Some(docs) = docs {
        tools.push(Box::new(DocsSearch::new(docs)));
    }
    if let Some(tree) = sentry {
        let projects = &world.config.sentry.projects;
        let history =
            || History::new(world.sentry.clone(), Some(tree.clone())).of(projects.clone());
        tools.push(Box::new(SentryByKeywords::new(history())));
        tools.push(Box::new(SentryByErrorType::new(history())));
        tools.push(Box::new(SentryByFunction::new(history())));
        tools.push(Box::new(SentryDetails::new(history())));
    }
    Toolbox::new(specs, tools)
}
