-- Alerts that runs raised, and every move of an alias: which version it names from then on (none: it was taken away).
CREATE TABLE alert (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    level TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX alert_by_run ON alert (run_id);

CREATE TABLE alias_move (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    collection_id INTEGER NOT NULL REFERENCES collection,
    name TEXT NOT NULL,
    version INTEGER,
    moved_at TEXT NOT NULL
) STRICT;
CREATE INDEX alias_move_by_collection ON alias_move (collection_id);
