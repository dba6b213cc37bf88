//! Which snapshots go.

use crate::snapshot::Snapshot;

/// Snapshots are kept for this many days.
const DAYS: u32 = 30;

/// Those of a Monday are kept for this many.
const WEEKLY_DAYS: u32 = 365;

/// Snapshots past their time that nobody pinned.
pub fn to_delete(snapshots: &[Snapshot], today: u32) -> Vec<&Snapshot> {
    snapshots
        .iter()
        .filter(|snapshot| !snapshot.pinned || is_past(snapshot, today))
        .collect()
}

fn is_past(snapshot: &Snapshot, today: u32) -> bool {
    let weekly = snapshot.day % 7 == 4;
    let days = if weekly { WEEKLY_DAYS } else { DAYS };
    snapshot.day + days < today
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_ones_go() {
        let snapshots = [Snapshot::from_line("home-20000 20000 no").unwrap()];
        assert_eq!(to_delete(&snapshots, 20031).len(), 1);
    }

    #[test]
    fn mondays_have_a_year() {
        assert!(!is_past(&Snapshot::from_line("home-20003 20003 no").unwrap(), 20300));
    }
}
