-- Frames name their place by number: of ten frames nine lie where another does.
CREATE TABLE sentry_place (
    row        INTEGER PRIMARY KEY,
    path       TEXT NOT NULL,          -- segments from the last to the first: `b.py/a/`
    base       TEXT NOT NULL,          -- the last segment
    absolute   INTEGER NOT NULL,       -- began at an unknown deployment folder
    root       TEXT NOT NULL,          -- what stood before `path`, in the same form
    function   TEXT                    -- normalised
);
INSERT INTO sentry_place (path, base, absolute, root, function)
    SELECT DISTINCT path, base, absolute, root, function FROM sentry_frame;
-- Also finds a place's number, by all that tells it from others.
CREATE INDEX sentry_place_function ON sentry_place (function, base, path, root, absolute);
CREATE INDEX sentry_place_path ON sentry_place (path);

ALTER TABLE sentry_frame RENAME TO sentry_frame_old;
CREATE TABLE sentry_frame (
    event      INTEGER NOT NULL REFERENCES sentry_event (row) ON DELETE CASCADE,
    exception  INTEGER NOT NULL,       -- index into the event's exceptions
    position   INTEGER NOT NULL,       -- index into that exception's frames
    distance   INTEGER NOT NULL,       -- frames between it and the crash
    place      INTEGER NOT NULL REFERENCES sentry_place (row),
    in_app     INTEGER NOT NULL,
    crash      INTEGER NOT NULL,
    PRIMARY KEY (event, exception, position)
) WITHOUT ROWID;
INSERT INTO sentry_frame
    SELECT f.event, f.exception, f.position, f.distance, p.row, f.in_app, f.crash
    FROM sentry_frame_old f CROSS JOIN sentry_place p
    ON p.function IS f.function AND p.base = f.base AND p.path = f.path AND p.root = f.root
        AND p.absolute = f.absolute;
DROP TABLE sentry_frame_old;
CREATE INDEX sentry_frame_place ON sentry_frame (place);

CREATE VIEW sentry_placed AS
    SELECT f.event, f.exception, f.position, f.distance, p.path, p.base, p.absolute, p.root,
           p.function, f.in_app, f.crash
    FROM sentry_place p JOIN sentry_frame f ON f.place = p.row;
