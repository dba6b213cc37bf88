-- The code index. Facts belong to a blob as read by one version of a language,
-- so commits and worktrees share them, and an edited query reads anew.

CREATE TABLE index_files (
    id INTEGER PRIMARY KEY,
    blob TEXT NOT NULL,
    -- Empty where the content shows that it is of no known language.
    language TEXT NOT NULL,
    version TEXT NOT NULL,
    -- Why nothing was read from it, if so.
    skipped TEXT,
    UNIQUE (blob, language, version)
) STRICT;

-- `n` counts a file's symbols in the order of the text, outer ones first.
CREATE TABLE index_symbols (
    file INTEGER NOT NULL REFERENCES index_files (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    name TEXT NOT NULL,
    qualified TEXT NOT NULL,
    kind TEXT NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    line INTEGER NOT NULL,
    signature TEXT NOT NULL,
    doc TEXT,
    PRIMARY KEY (file, n)
) STRICT, WITHOUT ROWID;

CREATE INDEX index_symbols_name ON index_symbols (name);

-- All uses of one name in one file, as a JSON list of
-- [line, 1 if a call, receiver or null, n of the enclosing symbol or null]:
-- a row for each use would make the database several times larger.
CREATE TABLE index_uses (
    name TEXT NOT NULL,
    file INTEGER NOT NULL REFERENCES index_files (id) ON DELETE CASCADE,
    uses TEXT NOT NULL,
    PRIMARY KEY (name, file)
) STRICT, WITHOUT ROWID;

CREATE TABLE index_imports (
    file INTEGER NOT NULL REFERENCES index_files (id) ON DELETE CASCADE,
    module TEXT NOT NULL,
    name TEXT,
    alias TEXT,
    line INTEGER NOT NULL
) STRICT;

CREATE INDEX index_imports_file ON index_imports (file);

CREATE TABLE index_chunks (
    file INTEGER NOT NULL REFERENCES index_files (id) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    -- Qualified name of the symbol around it.
    symbol TEXT,
    -- Hash of the text that is embedded.
    hash BLOB NOT NULL,
    PRIMARY KEY (file, start, "end")
) STRICT, WITHOUT ROWID;

-- Vectors as little-endian half floats; `id` is the key in the usearch file.
CREATE TABLE index_vectors (
    id INTEGER PRIMARY KEY,
    embedder TEXT NOT NULL,
    hash BLOB NOT NULL,
    vector BLOB NOT NULL,
    UNIQUE (embedder, hash)
) STRICT;

-- What the usearch file of an embedder must look like to be loaded: a damaged
-- one crashes the process.
CREATE TABLE index_vector_files (
    embedder TEXT PRIMARY KEY,
    checksum BLOB NOT NULL,
    newest INTEGER NOT NULL,
    count INTEGER NOT NULL
) STRICT;

CREATE INDEX index_chunks_hash ON index_chunks (hash);
