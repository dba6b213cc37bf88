-- Reviews, their findings and traces, the team's reactions, and memories.
CREATE TABLE review (
    id         TEXT PRIMARY KEY,
    key        TEXT NOT NULL,          -- what the result depends on; see review::key
    created    INTEGER NOT NULL,       -- seconds since the epoch
    head       TEXT NOT NULL,          -- tree
    base       TEXT NOT NULL,          -- tree
    label      TEXT NOT NULL,          -- how the user named the change
    result     TEXT NOT NULL           -- JSON of review::Review
);
CREATE INDEX review_key ON review (key);
CREATE INDEX review_created ON review (created);

CREATE TABLE finding (
    review     TEXT NOT NULL REFERENCES review (id) ON DELETE CASCADE,
    id         TEXT NOT NULL,
    body       TEXT NOT NULL,          -- JSON of finding::Finding
    PRIMARY KEY (review, id)
);
CREATE INDEX finding_id ON finding (id);

CREATE TABLE trace (
    review     TEXT NOT NULL REFERENCES review (id) ON DELETE CASCADE,
    seq        INTEGER NOT NULL,
    body       TEXT NOT NULL,          -- JSON of TraceEvent
    PRIMARY KEY (review, seq)
);

CREATE TABLE memory (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    text       TEXT NOT NULL,
    source     TEXT NOT NULL,          -- `user`, or the review that proposed it
    created    INTEGER NOT NULL,
    confirmed  INTEGER NOT NULL,       -- last time a review established it again
    confirmations INTEGER NOT NULL DEFAULT 1
);

-- Facts that a person removed or reworded; reviews do not learn them again.
CREATE TABLE refused_memory (
    text       TEXT PRIMARY KEY
);

CREATE TABLE reaction (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    finding    TEXT NOT NULL,
    vote       TEXT NOT NULL CHECK (vote IN ('up', 'down')),
    reason     TEXT,
    created    INTEGER NOT NULL,
    text       TEXT NOT NULL           -- what was voted on, for comparison by embedding
);
CREATE INDEX reaction_finding ON reaction (finding);
