-- The words of a file's chunks, for lexical search; `src/index/lexicon.rs` packs
-- them.
CREATE TABLE index_words (
    file INTEGER PRIMARY KEY REFERENCES index_files (id) ON DELETE CASCADE,
    words BLOB NOT NULL
) STRICT;

-- What was read before has no words: it is read anew. Vectors stay.
DELETE FROM index_files;
