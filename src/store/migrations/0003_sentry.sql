-- The cache of exported Sentry issues. Everything here was scrubbed before it
-- was written.
CREATE TABLE sentry_issue (
    row        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,   -- Sentry's, or `local-` and a hash of the fingerprint
    short_id   TEXT COLLATE NOCASE,    -- not unique in the wild
    title      TEXT NOT NULL,
    error_type TEXT,
    error_name TEXT COLLATE NOCASE,    -- last identifier of the type
    message    TEXT NOT NULL,
    culprit    TEXT,
    level      TEXT NOT NULL,
    status     TEXT NOT NULL,
    count      INTEGER NOT NULL,
    users      INTEGER NOT NULL,
    first_seen INTEGER,                -- seconds since the epoch
    last_seen  INTEGER,
    permalink  TEXT,
    project    TEXT,
    platform   TEXT,
    summary    TEXT,
    whole      INTEGER NOT NULL,       -- 0: only known from its events
    latest     INTEGER,                -- row of its newest event
    hash       BLOB NOT NULL           -- of the content, for the digest
);
CREATE INDEX sentry_issue_error ON sentry_issue (error_name, last_seen);
CREATE INDEX sentry_issue_short ON sentry_issue (short_id);
CREATE INDEX sentry_issue_seen ON sentry_issue (last_seen);

CREATE TABLE sentry_event (
    row        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    issue      INTEGER NOT NULL REFERENCES sentry_issue (row) ON DELETE CASCADE,
    time       INTEGER,
    rank       INTEGER NOT NULL,       -- which form it came in; a better one replaces it
    hash       BLOB NOT NULL,
    body       BLOB NOT NULL           -- zstd of the JSON of sentry::Event
);
CREATE INDEX sentry_event_issue ON sentry_event (issue, time);
CREATE INDEX sentry_event_time ON sentry_event (time);

CREATE TABLE sentry_frame (
    event      INTEGER NOT NULL REFERENCES sentry_event (row) ON DELETE CASCADE,
    exception  INTEGER NOT NULL,       -- index into the event's exceptions
    position   INTEGER NOT NULL,       -- index into that exception's frames
    distance   INTEGER NOT NULL,       -- frames between it and the crash
    path       TEXT NOT NULL,          -- segments from the last to the first: `b.py/a/`
    base       TEXT NOT NULL,          -- the last segment
    absolute   INTEGER NOT NULL,       -- began at an unknown deployment folder
    function   TEXT,                   -- normalised
    in_app     INTEGER NOT NULL,
    crash      INTEGER NOT NULL,
    PRIMARY KEY (event, exception, position)
) WITHOUT ROWID;
CREATE INDEX sentry_frame_function ON sentry_frame (base, function);
CREATE INDEX sentry_frame_path ON sentry_frame (path);

-- Row ids are those of sentry_issue; `parts` holds split identifiers.
CREATE VIRTUAL TABLE sentry_text USING fts5 (
    title, message, culprit, error_type, parts,
    content = '', contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 2 tokenchars '_'"
);

CREATE TABLE sentry_state (
    key        TEXT PRIMARY KEY,
    value      TEXT NOT NULL
) WITHOUT ROWID;
