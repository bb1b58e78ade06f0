-- Messages in the order in which they came here; that order breaks ties of `at`.
CREATE TABLE messages (
    row       INTEGER PRIMARY KEY,
    account   TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    peer      TEXT    NOT NULL,                             -- bare JID of the conversation partner
    ours      INTEGER NOT NULL CHECK (ours IN (0, 1)),
    id        TEXT    NOT NULL,
    sender    TEXT    NOT NULL,
    recipient TEXT    NOT NULL,
    body      TEXT    NOT NULL,
    at        INTEGER NOT NULL,                             -- microseconds since 1970-01-01T00:00:00Z
    archived  INTEGER NOT NULL CHECK (archived IN (0, 1)),
    delivery  TEXT    NOT NULL CHECK (delivery IN ('received', 'unsent', 'unknown', 'sent', 'failed')),
    error     TEXT    NOT NULL DEFAULT '',                  -- of 'failed', as it came
    UNIQUE (account, key)
) STRICT;

-- A conversation is paged newest first.
CREATE INDEX messages_of_peer ON messages (account, peer, at, row);
-- What was the newest, for asking the archive.
CREATE INDEX messages_by_time ON messages (account, at);
CREATE INDEX messages_outstanding ON messages (account, row) WHERE delivery IN ('unsent', 'unknown');

-- How far the archive (XEP-0313) has been read.
CREATE TABLE archive_position (
    account TEXT NOT NULL PRIMARY KEY,
    last    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE calls (
    row      INTEGER PRIMARY KEY,
    account  TEXT    NOT NULL,
    incoming INTEGER NOT NULL CHECK (incoming IN (0, 1)),
    peer     TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    began    INTEGER NOT NULL,                              -- microseconds, as all times here
    answered INTEGER,
    ended    INTEGER NOT NULL,
    end      TEXT    NOT NULL,
    reason   TEXT    NOT NULL
) STRICT;

CREATE INDEX calls_by_time ON calls (account, began);
