//! Snapshots of the volumes: `name day pinned`, the day counted since 1970.

#[derive(Debug, PartialEq)]
pub struct Snapshot {
    pub name: String,
    pub day: u32,
    /// Somebody wants to keep it.
    pub pinned: bool,
}

impl Snapshot {
    pub fn from_line(line: &str) -> Option<Snapshot> {
        let mut words = line.split_whitespace();
        Some(Snapshot {
            name: words.next()?.to_string(),
            day: words.next()?.parse().ok()?,
            pinned: words.next()? == "yes",
        })
    }
}
