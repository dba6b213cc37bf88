-- Models of risk, learned from the history up to a commit of the main line.
CREATE TABLE risk_model (
    id          INTEGER PRIMARY KEY,   -- the newest has the largest
    commit_id   TEXT NOT NULL,
    rules       TEXT NOT NULL,         -- hash of what decides how it is learned
    changes     INTEGER NOT NULL,      -- it was learned from
    model       TEXT NOT NULL,         -- JSON
    UNIQUE (commit_id, rules)
);
