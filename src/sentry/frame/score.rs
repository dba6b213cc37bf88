//! How well a frame's path agrees with a file of the repository.
//!
//! 100 for the same path, or one that a code mapping gives; 80, 60 or 30 when all of
//! the shorter path agrees, with two or more folders, one, or none; 60 or 45 when
//! only the ends agree and the frame began at an unknown folder (two or more common
//! folders, or one). Less 20 if other files agree as well. On top come 30 for the
//! same function, 15 for application code and up to 10 for closeness to the crash.
//! At least 60 with the function, or 80 without, is taken as a match.

use super::Place;

/// Least score of a match in file and function.
pub(in crate::sentry) const FUNCTION: u32 = 60;
/// Least score of a match in the file alone.
pub(in crate::sentry) const FILE: u32 = 80;
/// Of a code mapping.
pub(in crate::sentry) const MAPPED: u32 = 100;
/// Of a function that is found in another file than it was.
pub(in crate::sentry) const MOVED: u32 = 60;
/// Of a file that only its name tells.
pub(in crate::sentry) const BARE: u32 = 30;
/// Of a class whose namespace a folder is called like.
pub(in crate::sentry) const NAMESPACE: u32 = 60;
/// What a match loses if other files agree as well.
pub(in crate::sentry) const AMBIGUOUS: u32 = 20;

/// Agreement of a place with a path of the repository, reversed; `None` if they are
/// of different files. Folders before the place's own path count where they agree.
pub(in crate::sentry) fn path(place: &Place, repository: &str) -> Option<u32> {
    let own = place.path.split_terminator('/').count();
    let mut theirs = repository.split_terminator('/');
    let mut ours = place.path.split_terminator('/').chain(place.root.split_terminator('/'));
    let (first, base) = (ours.next()?, theirs.next()?);
    if first != base && (first.contains('.') || base.rsplit_once('.')?.0 != first) {
        return None;
    }
    let all = 1 + theirs.clone().count();
    let common = 1 + ours.zip(theirs).take_while(|(a, b)| a == b).count();
    if common == own && common == all {
        return Some(100);
    }
    match (common >= own || common == all, common - 1) {
        (true, 0) => Some(30),
        (true, 1) => Some(60),
        (true, _) => Some(80),
        (false, 1) if place.absolute => Some(45),
        (false, 2..) if place.absolute => Some(60),
        (false, _) => None,
    }
}

/// What is added for the frame's other qualities.
pub(in crate::sentry) fn bonus(same_function: bool, in_app: bool, distance: u32) -> u32 {
    30 * u32::from(same_function) + 15 * u32::from(in_app) + (10 - distance.min(10))
}
