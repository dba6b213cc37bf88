ALTER TABLE documents ALTER COLUMN owner_id DROP NOT NULL;
UPDATE documents SET owner_id = NULL WHERE owner_id = 0;
