//! Issues whose stack trace passes a place of the repository.
//!
//! Frames are stored as the running program named their files. A search goes from
//! the file of the tree to the frames that may mean it, under any name it had, and
//! keeps those that mean no other file better.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, Row};

use super::frame::{self, Place, score};
use super::mapping::{self, Mappings};
use super::query::{self, BORN, SEEN, Window, newest};
use super::tree::{Candidate, Tree};
use super::write::{ISSUE_COLUMNS, read_issue};
use super::{Frame, FrameMatch, Raised, SentryError};

/// Frames of other files that are looked at for a function that moved.
const MOVED: usize = 40;
/// Frames in functions of one name among which those are sought.
const COMMON: usize = 2000;
/// Least characters of a source line that tell one function from another.
const TELLING: usize = 8;

/// A frame of an issue's newest event, or the place that an issue itself names.
struct Site {
    issue: i64,
    event: Option<i64>,
    exception: usize,
    position: usize,
    distance: u32,
    place: Place,
    function: Option<String>,
    in_app: bool,
    crash: bool,
    project: Option<String>,
    first_seen: Option<i64>,
    last_seen: Option<i64>,
    status: String,
    id: String,
}

/// A site that lies in the wanted file.
struct Found {
    site: Site,
    score: u32,
    former: Option<String>,
    /// The other files that it may as well lie in.
    others: Vec<String>,
    moved: bool,
}

pub(super) struct Places<'a> {
    db: &'a Connection,
    tree: Option<&'a Tree>,
    mappings: Mappings,
    projects: &'a [String],
    known: HashMap<(Place, Option<String>, Option<String>), Vec<Candidate>>,
}

impl<'a> Places<'a> {
    pub fn new(db: &'a Connection, tree: Option<&'a Tree>) -> Result<Self, SentryError> {
        let mappings = mapping::load(db)?;
        Ok(Self { db, tree, mappings, projects: &[], known: HashMap::new() })
    }

    /// Of the issues of these projects only, if there are any.
    pub fn of(self, projects: &'a [String]) -> Self {
        Self { projects, ..self }
    }

    /// The path as the tree calls it. Of what is no file of the tree, such as one that the
    /// change deletes, the tree can tell nothing.
    fn current(&mut self, path: &str) -> String {
        let now = self.tree.and_then(|tree| tree.now(path));
        if now.is_none() {
            self.tree = None;
        }
        now.unwrap_or(path).to_owned()
    }

    pub fn by_function(
        mut self,
        path: &str,
        function: &str,
        limit: usize,
        window: Window,
    ) -> Result<Vec<FrameMatch>, SentryError> {
        let path = &self.current(path);
        let function = frame::plain_name(function);
        let mut found = Vec::new();
        let mut bases: Vec<String> = Vec::new();
        for name in self.names(path) {
            let (base, stem) = ends(&name);
            for base in [base, stem] {
                if !bases.contains(&base) {
                    let sites =
                        self.sites("base = ?1 AND function = ?2", &[&base, &function], window)?;
                    found.extend(self.found(path, sites, true)?);
                    bases.push(base);
                }
            }
        }
        found.retain(|f| f.score >= score::FUNCTION);
        if found.len() < limit {
            found.extend(self.moved(path, function, window)?);
        }
        self.best(path, found, limit)
    }

    pub fn by_path(mut self, path: &str, limit: usize) -> Result<Vec<FrameMatch>, SentryError> {
        let path = &self.current(path);
        let mut found = Vec::new();
        for name in self.names(path) {
            let wanted = frame::reversed(&name);
            let segments: Vec<&str> = wanted.split_terminator('/').collect();
            let (base, stem) = ends(&name);
            for first in [base, stem] {
                // Frames that end with the last three segments or more lie in one range
                // of the index; shorter ones are each some start of the wanted path.
                let mut start = format!("{first}/");
                for segment in segments.iter().skip(1).take(2) {
                    let sites = self.sites("path = ?1", &[&start], Window::Ever)?;
                    found.extend(self.found(path, sites, false)?);
                    start.push_str(segment);
                    start.push('/');
                }
                let end = format!("{}0", &start[..start.len() - 1]); // `0` follows `/`.
                let sites =
                    self.sites("path >= ?1 AND path < ?2", &[&start, &end], Window::Ever)?;
                found.extend(self.found(path, sites, false)?);
            }
        }
        found.retain(|f| f.score >= score::FILE);
        // Where an issue crashed tells more of a file than where it passed through it.
        let crashed: HashSet<i64> =
            found.iter().filter(|f| f.site.crash).map(|f| f.site.issue).collect();
        found.retain(|f| f.site.crash || !crashed.contains(&f.site.issue));
        self.best(path, found, limit)
    }

    /// The names under which a file may have been recorded.
    fn names(&self, path: &str) -> Vec<String> {
        self.tree.map_or_else(|| vec![path.to_owned()], |tree| tree.names_of(path))
    }

    fn sites(
        &self,
        condition: &str,
        values: &[&dyn rusqlite::ToSql],
        window: Window,
    ) -> Result<Vec<Site>, SentryError> {
        let newest = newest(self.db)?;
        let sql = format!(
            "SELECT i.row, f.event, f.exception, f.position, f.distance, f.path, f.base, f.absolute,
                    f.root, f.function, f.in_app, f.crash, i.project, i.first_seen, i.last_seen,
                    i.status, i.id
             FROM (SELECT * FROM sentry_placed WHERE {condition}) f
             JOIN sentry_event e ON e.row = f.event
             JOIN sentry_issue i ON i.row = e.issue AND i.latest = f.event
             UNION ALL
             SELECT i.row, NULL, 0, 0, 0, s.path, s.base, s.absolute, '', s.function, 1, 1,
                    i.project, i.first_seen, i.last_seen, i.status, i.id
             FROM (SELECT * FROM sentry_site WHERE {condition}) s
             JOIN sentry_issue i ON i.row = s.issue AND i.latest IS NULL"
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let rows = statement.query_map(values, site)?;
        let mut sites = rows.collect::<Result<Vec<Site>, _>>()?;
        if !self.projects.is_empty() {
            sites.retain(|s| s.project.as_ref().is_some_and(|p| self.projects.contains(p)));
        }
        if let (Window::Live, Some(newest)) = (window, newest) {
            sites.retain(|s| {
                s.last_seen.is_none_or(|seen| seen >= newest - SEEN)
                    && s.first_seen.is_none_or(|born| born >= newest - BORN)
                    && matches!(s.status.as_str(), "unresolved" | "resolved")
            });
        }
        Ok(sites)
    }

    /// The sites that lie in that file.
    fn found(
        &mut self,
        path: &str,
        sites: Vec<Site>,
        named: bool,
    ) -> Result<Vec<Found>, SentryError> {
        let mut found = Vec::new();
        for site in sites {
            let candidates = self.resolve(path, &site)?;
            let Some(own) = candidates.iter().find(|c| c.path == path) else { continue };
            let bonus = score::bonus(named, site.in_app, site.distance);
            found.push(Found {
                score: own.score + bonus,
                former: own.former.clone(),
                others: candidates
                    .iter()
                    .filter(|c| c.path != path)
                    .map(|c| c.path.clone())
                    .collect(),
                moved: false,
                site,
            });
        }
        Ok(found)
    }

    /// The files that a site may lie in; without a tree, of the wanted one only
    /// whether it is among them.
    fn resolve(&mut self, path: &str, site: &Site) -> Result<Vec<Candidate>, SentryError> {
        let key = (site.place.clone(), site.project.clone(), site.function.clone());
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let (project, function) = (site.project.as_deref(), site.function.as_deref());
        let candidates = match self.tree {
            Some(tree) => tree.resolve_in(&site.place, &self.mappings, project, function)?,
            None => {
                let mapped = self.mappings.apply(&site.place, project);
                let score = match mapped.iter().any(|m| m == path) {
                    true => Some(score::MAPPED),
                    false => score::path(&site.place, &frame::reversed(path)),
                };
                let alone = |score| Candidate {
                    path: path.to_owned(),
                    score,
                    former: None,
                    ambiguous: false,
                };
                score.map(alone).into_iter().collect()
            }
        };
        self.known.insert(key, candidates.clone());
        Ok(candidates)
    }

    /// Frames in a function of that name whose own file is gone or has it no more, and
    /// whose source lines only the wanted file's function still has.
    fn moved(
        &mut self,
        path: &str,
        function: &str,
        window: Window,
    ) -> Result<Vec<Found>, SentryError> {
        let Some((tree, code)) = self.tree.and_then(|t| Some((t, t.code()?))) else {
            return Ok(Vec::new());
        };
        let definitions = code.definitions(function)?;
        if !definitions.iter().any(|(at, _, _)| at == path) {
            return Ok(Vec::new());
        }
        // Names that are more common than this say too little, and cost too much time.
        let condition = format!("function = ?1 LIMIT {COMMON}");
        let mut sites = self.sites(&condition, &[&function], window)?;
        sites.retain(|s| s.event.is_some());
        sites.sort_by(|a, b| (b.last_seen, &a.id).cmp(&(a.last_seen, &b.id)));
        let mut found = Vec::new();
        let mut looked = 0;
        for site in sites {
            if looked == MOVED {
                break;
            }
            let project = site.project.as_deref();
            let there = tree.resolve_in(&site.place, &self.mappings, project, Some(function))?;
            if there.iter().any(|c| definitions.iter().any(|(at, _, _)| *at == c.path)) {
                continue;
            }
            looked += 1;
            let Some((frame, _)) = self.frame(&site)? else { continue };
            let mut holders = HashSet::new();
            for (at, start, end) in &definitions {
                if alike(at, &site.place.base)
                    && let Some(text) = code.text(at)?
                    && holds(&text, *start, *end, &frame)
                {
                    holders.insert(at.as_str());
                }
            }
            if holders.len() == 1 && holders.contains(path) {
                found.push(Found {
                    score: score::MOVED + score::bonus(false, site.in_app, site.distance),
                    former: Some(frame::forward(&site.place.path)),
                    others: Vec::new(),
                    moved: true,
                    site,
                });
            }
        }
        Ok(found)
    }

    /// The frame of a site, with its exception where that is the cause of another.
    fn frame(&self, site: &Site) -> Result<Option<(Frame, Option<Raised>)>, SentryError> {
        let Some(row) = site.event else {
            // The issue's own words are all there is.
            let frame = Frame {
                filename: Some(frame::forward(&site.place.path)),
                function: site.function.clone(),
                module: None,
                line: None,
                in_app: None,
                context: Vec::new(),
                vars: Vec::new(),
            };
            return Ok(Some((frame, None)));
        };
        let Some(event) = query::event(self.db, row)? else { return Ok(None) };
        let outermost = site.exception + 1 == event.exceptions.len();
        let Some(exception) = event.exceptions.into_iter().nth(site.exception) else {
            return Ok(None);
        };
        let frame = exception.frames.into_iter().nth(site.position);
        let raised = Raised { error_type: exception.error_type, value: exception.value };
        Ok(frame.map(|frame| (frame, (!outermost).then_some(raised))))
    }

    /// The best frame of each issue. Issues that surely lie there come first, then
    /// those last seen.
    fn best(
        &self,
        path: &str,
        mut found: Vec<Found>,
        limit: usize,
    ) -> Result<Vec<FrameMatch>, SentryError> {
        let rank = |f: &Found| {
            let site = &f.site;
            (f.score, std::cmp::Reverse(site.distance), site.exception, site.position)
        };
        found.sort_by_key(|f| std::cmp::Reverse(rank(f)));
        let mut seen = HashSet::new();
        found.retain(|f| seen.insert(f.site.issue));
        found.sort_by(|a, b| {
            let order = |f: &Found| (!f.others.is_empty(), std::cmp::Reverse(f.site.last_seen));
            order(a).cmp(&order(b)).then(b.score.cmp(&a.score)).then(a.site.id.cmp(&b.site.id))
        });
        let sql = format!("SELECT {ISSUE_COLUMNS} FROM sentry_issue i WHERE i.row = ?1");
        let mut matches = Vec::new();
        for found in found.into_iter().take(limit) {
            let Some((frame, raised)) = self.frame(&found.site)? else { continue };
            matches.push(FrameMatch {
                issue: self.db.prepare_cached(&sql)?.query_row([found.site.issue], read_issue)?,
                line: self.line(path, &frame)?,
                frame,
                raised,
                path: path.to_owned(),
                score: found.score,
                crash: found.site.crash,
                former: found.former,
                others: found.others,
                moved: found.moved,
            });
        }
        Ok(matches)
    }

    /// The line of the file that is the frame's own, if it is still there.
    fn line(&self, path: &str, frame: &Frame) -> Result<Option<u32>, SentryError> {
        let Some(code) = self.tree.and_then(Tree::code) else { return Ok(None) };
        let Some((number, own)) = own_line(frame) else { return Ok(None) };
        let Some(text) = code.text(path)? else { return Ok(None) };
        let same = (1..).zip(text.lines()).filter(|(_, line)| line.trim() == own);
        Ok(same.map(|(n, _)| n).min_by_key(|n: &u32| n.abs_diff(number)))
    }
}

fn site(row: &Row<'_>) -> rusqlite::Result<Site> {
    Ok(Site {
        issue: row.get(0)?,
        event: row.get(1)?,
        exception: row.get::<_, u32>(2)? as usize,
        position: row.get::<_, u32>(3)? as usize,
        distance: row.get(4)?,
        place: Place {
            path: row.get(5)?,
            base: row.get(6)?,
            absolute: row.get(7)?,
            root: row.get(8)?,
        },
        function: row.get(9)?,
        in_app: row.get(10)?,
        crash: row.get(11)?,
        project: row.get(12)?,
        first_seen: row.get(13)?,
        last_seen: row.get(14)?,
        status: row.get(15)?,
        id: row.get(16)?,
    })
}

/// A path's last segment, and that without its extension.
fn ends(path: &str) -> (String, String) {
    let base = path.rsplit('/').next().unwrap_or(path);
    let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
    (base.to_owned(), stem.to_owned())
}

/// Whether two files are of one kind; a class alone has no ending.
fn alike(path: &str, base: &str) -> bool {
    let ending = |name: &str| name.rsplit_once('.').map(|(_, ending)| ending.to_owned());
    ending(base).is_none_or(|e| ending(path) == Some(e))
}

/// Number and text of the source line that a frame was at.
fn own_line(frame: &Frame) -> Option<(u32, &str)> {
    let number = frame.line?;
    let (_, text) = frame.context.iter().find(|(n, _)| *n == number)?;
    Some((number, text.trim())).filter(|(_, text)| text.chars().count() >= TELLING)
}

/// Whether the lines of a function hold the frame's own line, and another of those
/// that were exported with it; around a short function they are of its neighbours.
fn holds(text: &str, start: u32, end: u32, frame: &Frame) -> bool {
    let Some((number, own)) = own_line(frame) else { return false };
    let skip = start.saturating_sub(1) as usize;
    let body: HashSet<&str> =
        text.lines().skip(skip).take((end as usize).saturating_sub(skip)).map(str::trim).collect();
    let others: Vec<&str> = frame
        .context
        .iter()
        .filter(|(n, line)| *n != number && line.trim().chars().count() >= TELLING)
        .map(|(_, line)| line.trim())
        .collect();
    body.contains(own) && (others.is_empty() || others.iter().any(|line| body.contains(*line)))
}
