//! Which snapshots go.

use crate::snapshot::Snapshot;

/// Snapshots are kept for this many days.
const DAYS: u32 = 30;

/// Snapshots older than 30 days that nobody pinned.
pub fn to_delete(snapshots: &[Snapshot], today: u32) -> Vec<&Snapshot> {
    let mut delete = Vec::new();
    for snapshot in snapshots {
        if snapshot.pinned || snapshot.day + DAYS >= today {
            continue;
        }
        delete.push(snapshot);
    }
    delete
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_ones_go() {
        let snapshots = [Snapshot::from_line("home-20000 20000 no").unwrap()];
        assert_eq!(to_delete(&snapshots, 20031).len(), 1);
    }
}
