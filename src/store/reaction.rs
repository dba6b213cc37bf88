//! What the team thought of findings.

use rusqlite::params;

use super::{Store, StoreError};

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vote {
    Up,
    Down,
}

impl Vote {
    fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// A vote on a finding; the newest vote on a finding counts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reaction {
    pub finding: String,
    pub vote: Vote,
    pub reason: Option<String>,
    pub created: i64,
    /// Title and short text of the finding, for comparison by embedding.
    pub text: String,
}

impl Store {
    pub fn add_reaction(&self, reaction: &Reaction) -> Result<(), StoreError> {
        self.lock()
            .execute(
                "INSERT INTO reaction (finding, vote, reason, created, text)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    reaction.finding,
                    reaction.vote.as_str(),
                    reaction.reason,
                    reaction.created,
                    reaction.text
                ],
            )
            .map(drop)
            .map_err(|e| self.failed(e))
    }

    /// The newest reaction on each finding, oldest first.
    pub fn reactions(&self) -> Result<Vec<Reaction>, StoreError> {
        // The row id breaks ties, since two votes may fall into one second.
        let read = || -> rusqlite::Result<Vec<_>> {
            let connection = self.lock();
            let mut statement = connection.prepare_cached(
                "SELECT finding, vote, reason, created, text FROM reaction AS r
                 WHERE NOT EXISTS (
                     SELECT 1 FROM reaction AS newer WHERE newer.finding = r.finding
                     AND (newer.created, newer.id) > (r.created, r.id))
                 ORDER BY created, id",
            )?;
            statement
                .query_map([], |row| {
                    let vote: String = row.get(1)?;
                    Ok(Reaction {
                        finding: row.get(0)?,
                        vote: if vote == "up" { Vote::Up } else { Vote::Down },
                        reason: row.get(2)?,
                        created: row.get(3)?,
                        text: row.get(4)?,
                    })
                })?
                .collect()
        };
        read().map_err(|e| self.failed(e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_vote_on_a_finding_counts() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("f.db")).unwrap();
        let react = |finding: &str, vote, created, reason: Option<&str>| {
            store
                .add_reaction(&Reaction {
                    finding: finding.into(),
                    vote,
                    reason: reason.map(Into::into),
                    created,
                    text: format!("title of {finding}"),
                })
                .unwrap();
        };
        react("a", Vote::Down, 1, Some("wrong"));
        react("b", Vote::Up, 2, None);
        react("a", Vote::Up, 3, None);
        react("a", Vote::Down, 3, Some("no, wrong after all"));
        let got = store.reactions().unwrap();
        assert_eq!(got.len(), 2);
        assert_eq!((got[0].finding.as_str(), got[0].vote), ("b", Vote::Up));
        assert_eq!((got[1].finding.as_str(), got[1].vote), ("a", Vote::Down));
        assert_eq!(got[1].reason.as_deref(), Some("no, wrong after all"));
    }
}
