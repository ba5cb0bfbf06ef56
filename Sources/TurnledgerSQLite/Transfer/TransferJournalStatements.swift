// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// The statements of a transfer's journal.
///
/// Tables: `pass` has one row, the state; `thread` how often something new was found of a thread (`found`), up to which of
/// these it was moved (`moved`), and behind which scan the target refused it; `entry` what there is in the source, the
/// scan that found it last, and the one that found it new (`version`); `found` what the scan under way has found so far,
/// which is put in order and taken over when the scan ends: keys come in none; `problem` what was said of records.
enum TransferJournalStatements {
    static let tables = """
        CREATE TABLE IF NOT EXISTS pass (
            id INTEGER PRIMARY KEY CHECK (id = 1), scan INTEGER NOT NULL, is_scanned INTEGER NOT NULL,
            source TEXT NOT NULL, target TEXT NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS thread (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, found INTEGER NOT NULL, moved INTEGER NOT NULL,
            refused INTEGER NOT NULL) STRICT;
        CREATE INDEX IF NOT EXISTS unmoved ON thread (name) WHERE found > moved;
        CREATE TABLE IF NOT EXISTS entry (
            thread INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, checkpoint TEXT NOT NULL,
            stamp TEXT NOT NULL, scan INTEGER NOT NULL, version INTEGER NOT NULL,
            PRIMARY KEY (thread, kind, key)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS found (
            id INTEGER PRIMARY KEY, thread TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL,
            checkpoint TEXT NOT NULL, stamp TEXT NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS problem (
            thread TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, detail TEXT NOT NULL,
            PRIMARY KEY (thread, kind, key)) STRICT, WITHOUT ROWID;
        """
    static let begin = "INSERT INTO pass VALUES (1, 0, 0, ?, ?) ON CONFLICT DO NOTHING"
    static let ends = "SELECT source, target FROM pass"
    static let state = "SELECT scan, is_scanned FROM pass"
    static let beginScan = "UPDATE pass SET scan = scan + 1, is_scanned = 0"
    static let forgetScanProblems = "DELETE FROM problem WHERE thread = ''"
    static let endScan = "UPDATE pass SET is_scanned = 1"

    static let threadID = "SELECT id FROM thread WHERE name = ?"
    static let insertThread = "INSERT INTO thread (name, found, moved, refused) VALUES (?, 0, 0, 0)"
    static let found = "INSERT INTO found (thread, kind, key, checkpoint, stamp) VALUES (?, ?, ?, ?, ?)"
    static let forgetFound = "DELETE FROM found"
    static let takeThreads = """
        INSERT INTO thread (name, found, moved, refused)
        SELECT DISTINCT thread, 0, 0, 0 FROM found WHERE true ORDER BY thread
        ON CONFLICT (name) DO NOTHING
        """
    private static let renewed = """
        ON CONFLICT (thread, kind, key) DO UPDATE SET
            version = CASE
                WHEN checkpoint = excluded.checkpoint AND stamp = excluded.stamp THEN version
                ELSE excluded.version
            END,
            checkpoint = excluded.checkpoint, stamp = excluded.stamp, scan = excluded.scan
        """
    /// `CROSS JOIN` keeps this order: SQLite would make an index of all that was found, which takes longer than the rest.
    static let takeEntries = """
        INSERT INTO entry (thread, kind, key, checkpoint, stamp, scan, version)
        SELECT t.id, f.kind, f.key, f.checkpoint, f.stamp, p.scan, p.scan
        FROM pass AS p CROSS JOIN found AS f CROSS JOIN thread AS t ON t.name = f.thread
        WHERE true
        ORDER BY t.id, f.kind, f.key, f.id
        \(renewed)
        """
    static let foundNew = """
        UPDATE thread SET found = found + 1
        WHERE id IN (SELECT thread FROM entry WHERE version = (SELECT scan FROM pass))
        """
    static let entry = """
        INSERT INTO entry (thread, kind, key, checkpoint, stamp, scan, version)
        SELECT ?, ?, ?, ?, ?, scan, scan FROM pass WHERE true
        \(renewed)
        """
    static let foundMore = "UPDATE thread SET found = found + 1 WHERE id = ?"
    static let forgetLost = "DELETE FROM entry WHERE scan < (SELECT scan FROM pass)"
    static let forgetThreads = """
        DELETE FROM thread
        WHERE NOT EXISTS (SELECT 1 FROM entry WHERE entry.thread = thread.id)
        """

    static let unmoved = """
        SELECT id, name, found FROM thread
        WHERE found > moved AND name > ? AND refused < (SELECT scan FROM pass)
        ORDER BY name LIMIT ?
        """
    static let threads = "SELECT id, name, found FROM thread WHERE name > ? ORDER BY name LIMIT ?"
    static let records = "SELECT key, kind, checkpoint, stamp FROM entry WHERE thread = ?"
    static let moved = "UPDATE thread SET moved = max(moved, ?) WHERE name = ?"
    static let refused = "UPDATE thread SET refused = (SELECT scan FROM pass) WHERE name = ?"
    static let forgetProblems = "DELETE FROM problem WHERE thread = ?"
    static let problem = """
        INSERT INTO problem VALUES (?, ?, ?, ?) ON CONFLICT (thread, kind, key) DO UPDATE SET detail = excluded.detail
        """
    static let kinds = "SELECT kind, count(*) FROM entry GROUP BY kind"
    static let threadCount = "SELECT count(*) FROM thread"
    static let movedCount = "SELECT count(*) FROM thread WHERE found <= moved"
    static let unmovedCount = "SELECT count(*) FROM thread WHERE found > moved"
    static let problemKinds = """
        SELECT kind, count(*), count(*) FILTER (WHERE \(isBesideReading)) FROM problem GROUP BY kind
        """
    static let problems = "SELECT kind, key, detail FROM problem WHERE kind = ? ORDER BY key LIMIT ?"
    static let problemsBesideReading = """
        SELECT kind, key, detail FROM problem WHERE kind = ? AND \(isBesideReading) ORDER BY key LIMIT ?
        """
    private static let isBesideReading = "(thread = '' OR kind = '\(TransferProblem.Kind.refused.rawValue)')"
}
