CREATE TABLE slots (
    id     BIGINT PRIMARY KEY,
    free   INT NOT NULL CHECK (free >= 0),
    closed BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE TABLE bookings (
    id       BIGINT PRIMARY KEY,
    slot_id  BIGINT NOT NULL REFERENCES slots (id),
    guest_id BIGINT NOT NULL,
    UNIQUE (slot_id, guest_id)          -- nobody books a slot twice
);
