CREATE TABLE bookings (
    id         INTEGER PRIMARY KEY,
    room_id    INTEGER NOT NULL,
    status     TEXT NOT NULL,          -- hold, confirmed, cancelled
    title      TEXT NOT NULL DEFAULT '',
    starts_at  TEXT NOT NULL,
    ends_at    TEXT                    -- NULL while on hold without an agreed end
);
