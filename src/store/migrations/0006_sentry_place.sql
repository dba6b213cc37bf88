-- What stood before `path` where the program ran, in the same form: `app/src/`.
ALTER TABLE sentry_frame ADD COLUMN root TEXT NOT NULL DEFAULT '';

-- A function that moved to another file is looked for by its name alone.
DROP INDEX sentry_frame_function;
CREATE INDEX sentry_frame_function ON sentry_frame (function, base);

-- Where an issue lies by its own account, which counts while it has no event.
CREATE TABLE sentry_site (
    issue       INTEGER PRIMARY KEY REFERENCES sentry_issue (row) ON DELETE CASCADE,
    path        TEXT NOT NULL,         -- as in sentry_frame
    base        TEXT NOT NULL,
    absolute    INTEGER NOT NULL,
    function    TEXT
);
CREATE INDEX sentry_site_function ON sentry_site (function, base);
CREATE INDEX sentry_site_path ON sentry_site (path);
