-- What an export says of an issue beyond its events.
ALTER TABLE sentry_issue ADD COLUMN root_cause TEXT;
ALTER TABLE sentry_issue ADD COLUMN meta_file TEXT;      -- as Sentry names the place
ALTER TABLE sentry_issue ADD COLUMN meta_function TEXT;
ALTER TABLE sentry_issue ADD COLUMN unhandled INTEGER;   -- null: not exported
ALTER TABLE sentry_issue ADD COLUMN priority TEXT;
ALTER TABLE sentry_issue ADD COLUMN substatus TEXT;

-- Where the files of a running program lie in the repository.
CREATE TABLE sentry_mapping (
    project     TEXT NOT NULL,         -- empty: any
    stack_root  TEXT NOT NULL,
    source_root TEXT NOT NULL,
    origin      TEXT NOT NULL,         -- `import`, or who else said so
    PRIMARY KEY (project, stack_root)
) WITHOUT ROWID;

-- Imports, the last ones only.
CREATE TABLE sentry_import (
    id          INTEGER PRIMARY KEY,
    time        INTEGER NOT NULL,      -- seconds since the epoch
    what        TEXT NOT NULL,         -- the paths, one a line
    finished    INTEGER NOT NULL,      -- 0: interrupted, or still running
    report      TEXT NOT NULL          -- JSON of sentry::ImportReport
);
