-- Documentation that can be searched: of installed packages, and imported.
CREATE TABLE docs_collection (
    id         INTEGER PRIMARY KEY,
    ecosystem  TEXT NOT NULL,          -- empty: imported by a person
    name       TEXT NOT NULL,
    version    TEXT NOT NULL,          -- empty: unknown
    digest     BLOB NOT NULL,          -- of all passages, and of how they were read
    files      INTEGER NOT NULL,
    passages   INTEGER NOT NULL,
    bytes      INTEGER NOT NULL,       -- of the passages' texts
    note       TEXT NOT NULL,          -- what was left out; empty: nothing
    used       INTEGER NOT NULL,       -- seconds since the epoch
    UNIQUE (ecosystem, name, version, digest)
);

-- Where a package was read, and what its files looked like.
CREATE TABLE docs_place (
    root       TEXT PRIMARY KEY,
    stamp      BLOB NOT NULL,          -- of paths, sizes and times, and of how it was read
    collection INTEGER NOT NULL REFERENCES docs_collection (id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE docs_passage (
    id         INTEGER PRIMARY KEY,
    collection INTEGER NOT NULL REFERENCES docs_collection (id) ON DELETE CASCADE,
    title      TEXT NOT NULL,          -- a symbol's qualified name, or the headings above
    body       TEXT NOT NULL,
    place      TEXT NOT NULL,          -- `path:line` or `page#anchor`
    symbol     INTEGER NOT NULL        -- 1: a definition in source code
);
CREATE INDEX docs_passage_collection ON docs_passage (collection);

-- Row ids are those of docs_passage. All columns hold words that were split
-- already; `scope` holds the collection as `c` and its id.
CREATE VIRTUAL TABLE docs_text USING fts5 (
    scope, title, place, body,
    content = '', contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 0"
);
