-- The registry's memory. Blob bytes live beside it as files; a blob row says what they must be.
CREATE TABLE project (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    entity TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (entity, name)
) STRICT;

CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES project,
    name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    description TEXT,
    notes TEXT,
    commit_hash TEXT,
    host TEXT,
    program TEXT,
    group_name TEXT,
    job_type TEXT,
    tags TEXT NOT NULL DEFAULT '[]',
    config TEXT NOT NULL DEFAULT '{}',
    summary TEXT NOT NULL DEFAULT '{}',
    state TEXT NOT NULL DEFAULT 'running',
    stop_requested INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    heartbeat_at TEXT NOT NULL,
    UNIQUE (project_id, name)
) STRICT;

-- Every writer of a run counts its own positions (the SDK's shared mode), so a re-sent line replaces itself.
CREATE TABLE stream_line (
    run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    stream TEXT NOT NULL,
    writer TEXT NOT NULL,
    position INTEGER NOT NULL,
    step INTEGER NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (run_id, stream, writer, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX stream_line_by_step ON stream_line (run_id, stream, step);

CREATE TABLE blob (
    id TEXT PRIMARY KEY,
    expected_md5 TEXT,
    md5 TEXT,
    size INTEGER NOT NULL DEFAULT 0,
    stored_at TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE run_file (
    run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    name TEXT NOT NULL,
    blob_id TEXT NOT NULL REFERENCES blob,
    PRIMARY KEY (run_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_file_by_blob ON run_file (blob_id);

CREATE TABLE collection (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES project,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    description TEXT,
    next_version INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (project_id, name)
) STRICT;

CREATE TABLE artifact (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    collection_id INTEGER NOT NULL REFERENCES collection,
    run_id INTEGER REFERENCES run ON DELETE SET NULL,
    digest TEXT NOT NULL,
    state TEXT NOT NULL,
    description TEXT,
    metadata TEXT,
    ttl_seconds INTEGER NOT NULL DEFAULT -2,
    history_step INTEGER,
    wanted_aliases TEXT NOT NULL,
    size INTEGER NOT NULL DEFAULT 0,
    file_count INTEGER NOT NULL DEFAULT 0,
    commit_hash TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX artifact_by_digest ON artifact (collection_id, digest);
CREATE INDEX artifact_by_run ON artifact (run_id);

CREATE TABLE membership (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    collection_id INTEGER NOT NULL REFERENCES collection,
    artifact_id INTEGER NOT NULL REFERENCES artifact,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (collection_id, version),
    UNIQUE (collection_id, artifact_id)
) STRICT;
CREATE INDEX membership_by_artifact ON membership (artifact_id);

CREATE TABLE alias (
    collection_id INTEGER NOT NULL REFERENCES collection,
    name TEXT NOT NULL,
    membership_id INTEGER NOT NULL REFERENCES membership ON DELETE CASCADE,
    PRIMARY KEY (collection_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_by_membership ON alias (membership_id);

CREATE TABLE artifact_tag (
    artifact_id INTEGER NOT NULL REFERENCES artifact,
    name TEXT NOT NULL,
    PRIMARY KEY (artifact_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE manifest (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    artifact_id INTEGER NOT NULL REFERENCES artifact,
    blob_id TEXT NOT NULL REFERENCES blob
) STRICT;
CREATE INDEX manifest_by_artifact ON manifest (artifact_id);
CREATE INDEX manifest_by_blob ON manifest (blob_id);

-- What was announced for upload; `artifact_file` is what the committed manifest really contains.
CREATE TABLE upload (
    artifact_id INTEGER NOT NULL REFERENCES artifact,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    blob_id TEXT NOT NULL REFERENCES blob,
    PRIMARY KEY (artifact_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_by_blob ON upload (blob_id);

CREATE TABLE artifact_file (
    artifact_id INTEGER NOT NULL REFERENCES artifact,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    blob_id TEXT REFERENCES blob,
    reference TEXT,
    PRIMARY KEY (artifact_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX artifact_file_by_blob ON artifact_file (blob_id);

-- Lineage: what a run logged (also when the content was known already) and what it used.
CREATE TABLE output (
    run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    artifact_id INTEGER NOT NULL REFERENCES artifact,
    PRIMARY KEY (run_id, artifact_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE input (
    run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    artifact_id INTEGER NOT NULL REFERENCES artifact,
    PRIMARY KEY (run_id, artifact_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX input_by_artifact ON input (artifact_id);

CREATE TABLE client_artifact (
    client_id TEXT PRIMARY KEY,
    artifact_id INTEGER NOT NULL REFERENCES artifact
) STRICT, WITHOUT ROWID;
