CREATE TABLE members (
    id        INTEGER PRIMARY KEY,
    email     TEXT NOT NULL,
    joined_on TEXT NOT NULL,
    imported  INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX members_email ON members (lower(email));
