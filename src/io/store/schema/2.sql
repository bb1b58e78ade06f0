-- A message may be 'delivered'; the engine's enum is the list of these words from now on.
-- `time_key` puts all messages of all accounts in the order of their time, in one number that no two share: about 1024
-- times `at`, so that the newest of a search are found without sorting.
-- `peer` is the bare JID of the conversation partner, `at` microseconds since 1970-01-01T00:00:00Z, `error` of 'failed', as
-- it came, and `spaced` the `body` where its words are not seen by its spaces.
CREATE TABLE messages_2 (
    row       INTEGER PRIMARY KEY,
    account   TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    peer      TEXT    NOT NULL,
    ours      INTEGER NOT NULL CHECK (ours IN (0, 1)),
    id        TEXT    NOT NULL,
    sender    TEXT    NOT NULL,
    recipient TEXT    NOT NULL,
    body      TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    archived  INTEGER NOT NULL CHECK (archived IN (0, 1)),
    delivery  TEXT    NOT NULL,
    error     TEXT    NOT NULL DEFAULT '',
    time_key  INTEGER NOT NULL,
    spaced    TEXT,
    UNIQUE (account, key)
) STRICT;

INSERT INTO messages_2
SELECT row, account, key, peer, ours, id, sender, recipient, body, at, archived, delivery, error,
       nth + max(max(min(at, 9000000000000000), -9000000000000000) * 1024 - nth) OVER (ORDER BY nth), NULL
FROM (SELECT *, row_number() OVER (ORDER BY at, row) AS nth FROM messages)
ORDER BY row;

DROP TABLE messages;
ALTER TABLE messages_2 RENAME TO messages;

CREATE INDEX messages_of_peer ON messages (account, peer, at, row);
CREATE INDEX messages_by_time ON messages (account, at);
CREATE INDEX messages_outstanding ON messages (account, row) WHERE delivery IN ('unsent', 'unknown');
CREATE UNIQUE INDEX messages_by_time_key ON messages (time_key);

-- The words of all messages; the text itself stays in its table. Symbols (So) are words too, as far as people look for
-- them.
CREATE VIEW searched AS SELECT time_key, coalesce(spaced, body) AS body FROM messages;
CREATE VIRTUAL TABLE words USING fts5 (
    body, content = 'searched', content_rowid = 'time_key', columnsize = 0, prefix = '2 3',
    tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co So' separators '¦©®°'"
);

CREATE TRIGGER words_of_new AFTER INSERT ON messages BEGIN
    INSERT INTO words (rowid, body) VALUES (new.time_key, coalesce(new.spaced, new.body));
END;
CREATE TRIGGER words_of_gone AFTER DELETE ON messages BEGIN
    INSERT INTO words (words, rowid, body) VALUES ('delete', old.time_key, coalesce(old.spaced, old.body));
END;
CREATE TRIGGER words_of_changed AFTER UPDATE OF time_key, body ON messages BEGIN
    INSERT INTO words (words, rowid, body) VALUES ('delete', old.time_key, coalesce(old.spaced, old.body));
    INSERT INTO words (rowid, body) VALUES (new.time_key, coalesce(new.spaced, new.body));
END;

-- Calls stand in the conversation with `partner`. Their rows are negative, so that no call has the place of a message.
CREATE TABLE calls_2 (
    row      INTEGER PRIMARY KEY CHECK (row < 0),
    account  TEXT    NOT NULL,
    incoming INTEGER NOT NULL CHECK (incoming IN (0, 1)),
    peer     TEXT    NOT NULL,
    partner  TEXT    NOT NULL,                              -- of `peer`: a bare JID, or a number
    name     TEXT    NOT NULL,
    began    INTEGER NOT NULL,                              -- microseconds, as all times here
    answered INTEGER,
    ended    INTEGER NOT NULL,
    end      TEXT    NOT NULL,
    reason   TEXT    NOT NULL
) STRICT;

INSERT INTO calls_2
SELECT row - 4611686018427387904, account, incoming, peer, '', name, began, answered, ended, end, reason FROM calls;

DROP TABLE calls;
ALTER TABLE calls_2 RENAME TO calls;

CREATE INDEX calls_of_partner ON calls (account, partner, began, row);
CREATE INDEX calls_by_time ON calls (began, row);

-- What the list of conversations shows, so that no list has to count messages.
CREATE TABLE conversations (
    account  TEXT    NOT NULL,
    peer     TEXT    NOT NULL,
    at       INTEGER,                                       -- of the newest message, and its row
    row      INTEGER,
    unread   INTEGER NOT NULL DEFAULT 0,
    seen_at  INTEGER,                                       -- the newest entry that the user has seen
    seen_row INTEGER,
    draft    TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (account, peer)
) STRICT, WITHOUT ROWID;

-- Nobody has counted what was unread: it is all marked as seen.
INSERT INTO conversations (account, peer, at, row)
SELECT account, peer, at, row
FROM (SELECT account, peer, at, row, row_number() OVER (PARTITION BY account, peer ORDER BY at DESC, row DESC) AS nth
      FROM messages)
WHERE nth = 1;
