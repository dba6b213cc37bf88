-- What the tables are to look like; migrate makes the steps from the difference.
CREATE TABLE grants (
    user_name   text NOT NULL,
    role        text NOT NULL,
    department  text NOT NULL,
    valid_from  timestamptz, -- NULL: from the start
    valid_until timestamptz  -- NULL: for good
);
