// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements of a transfer's journal.
///
/// Tables: `pass` has one row, the state; `thread` how often something new was found of a thread (`found`), up to which of
/// these it was moved (`moved`), and behind which scan the target refused it; `record` what was found in the source;
/// `place`, which is small enough to stay in memory, where that lies by the hash of its key, and which scan found it last;
/// `problem` what was said of records.
enum TransferJournalStatements {
    static let tables = """
        CREATE TABLE IF NOT EXISTS pass (
            id INTEGER PRIMARY KEY CHECK (id = 1), scan INTEGER NOT NULL, is_scanned INTEGER NOT NULL,
            source TEXT NOT NULL, target TEXT NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS thread (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, found INTEGER NOT NULL, moved INTEGER NOT NULL,
            refused INTEGER NOT NULL) STRICT;
        CREATE INDEX IF NOT EXISTS unmoved ON thread (name) WHERE found > moved;
        CREATE TABLE IF NOT EXISTS record (
            id INTEGER PRIMARY KEY, thread INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL,
            checkpoint TEXT NOT NULL, stamp TEXT NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS place (
            thread INTEGER NOT NULL, hash INTEGER NOT NULL, record INTEGER NOT NULL, scan INTEGER NOT NULL,
            PRIMARY KEY (thread, hash)) STRICT, WITHOUT ROWID;
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
    static let place = """
        SELECT p.record, r.kind || ' ' || r.key, r.checkpoint || ' ' || r.stamp
        FROM place AS p JOIN record AS r ON r.id = p.record
        WHERE p.thread = ? AND p.hash = ?
        """
    static let insertRecord = "INSERT INTO record (thread, kind, key, checkpoint, stamp) VALUES (?, ?, ?, ?, ?)"
    static let insertPlace = """
        INSERT INTO place (thread, hash, record, scan) VALUES (?, ?, ?, ?)
        ON CONFLICT (thread, hash) DO UPDATE SET record = excluded.record, scan = excluded.scan
        """
    static let updateRecord = "UPDATE record SET checkpoint = ?, stamp = ? WHERE id = ?"
    static let sawPlace = "UPDATE place SET scan = ? WHERE thread = ? AND hash = ?"
    static let foundMore = "UPDATE thread SET found = found + 1 WHERE id = ?"
    static let forgetLost = """
        DELETE FROM record WHERE id IN (SELECT record FROM place WHERE scan < (SELECT scan FROM pass))
        """
    static let forgetPlaces = "DELETE FROM place WHERE scan < (SELECT scan FROM pass)"
    static let forgetThreads = """
        DELETE FROM thread
        WHERE NOT EXISTS (SELECT 1 FROM place WHERE place.thread = thread.id)
        """

    static let unmoved = """
        SELECT id, name, found FROM thread
        WHERE found > moved AND name > ? AND refused < (SELECT scan FROM pass)
        ORDER BY name LIMIT ?
        """
    static let threads = "SELECT id, name, found FROM thread WHERE name > ? ORDER BY name LIMIT ?"
    static let records = """
        SELECT r.key, r.kind, r.checkpoint, r.stamp FROM place AS p JOIN record AS r ON r.id = p.record
        WHERE p.thread = ?
        """
    static let moved = "UPDATE thread SET moved = max(moved, ?) WHERE name = ?"
    static let refused = "UPDATE thread SET refused = (SELECT scan FROM pass) WHERE name = ?"
    static let forgetProblems = "DELETE FROM problem WHERE thread = ?"
    static let problem = """
        INSERT INTO problem VALUES (?, ?, ?, ?) ON CONFLICT (thread, kind, key) DO UPDATE SET detail = excluded.detail
        """
    static let kinds = "SELECT kind, count(*) FROM record GROUP BY kind"
    static let threadCount = "SELECT count(*) FROM thread"
    static let movedCount = "SELECT count(*) FROM thread WHERE found <= moved"
    static let problemKinds = "SELECT kind, count(*) FROM problem GROUP BY kind"
    static let problems = "SELECT kind, key, detail FROM problem WHERE kind = ? ORDER BY key LIMIT ?"
}
