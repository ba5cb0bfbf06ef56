// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements of a transfer's journal.
///
/// Tables: `record` has what was found in the source, with the number of the scan that found it last; `thread` the
/// hash of the records with which a thread was moved; `problem` what was said of records; `pass` one row, the state.
enum TransferJournalStatements {
    static let tables = """
        CREATE TABLE IF NOT EXISTS pass (
            id INTEGER PRIMARY KEY CHECK (id = 1), scan INTEGER NOT NULL, is_scanned INTEGER NOT NULL,
            source TEXT NOT NULL, target TEXT NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS record (
            thread TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, checkpoint TEXT NOT NULL, scan INTEGER NOT NULL,
            PRIMARY KEY (thread, key)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS thread (
            thread TEXT NOT NULL PRIMARY KEY, hash TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS problem (
            thread TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, detail TEXT NOT NULL,
            PRIMARY KEY (thread, kind, key)) STRICT, WITHOUT ROWID;
        """
    static let begin = "INSERT INTO pass VALUES (1, 0, 0, ?, ?) ON CONFLICT DO NOTHING"
    static let ends = "SELECT source, target FROM pass"
    static let state = "SELECT scan, is_scanned FROM pass"
    static let beginScan = "UPDATE pass SET scan = scan + 1, is_scanned = 0"
    static let forgetScanProblems = "DELETE FROM problem WHERE thread = ''"
    static let note = """
        INSERT INTO record (thread, key, kind, checkpoint, scan) SELECT ?, ?, ?, ?, scan FROM pass WHERE true
        ON CONFLICT (thread, key) DO UPDATE
        SET kind = excluded.kind, checkpoint = excluded.checkpoint, scan = excluded.scan
        """
    static let forgetLost = "DELETE FROM record WHERE scan < (SELECT scan FROM pass)"
    static let endScan = "UPDATE pass SET is_scanned = 1"
    static let threads = "SELECT DISTINCT thread FROM record WHERE thread > ? ORDER BY thread LIMIT ?"
    static let records = "SELECT key, kind, checkpoint FROM record WHERE thread = ? ORDER BY key"
    static let hash = "SELECT hash FROM thread WHERE thread = ?"
    static let moved = "INSERT INTO thread VALUES (?, ?) ON CONFLICT (thread) DO UPDATE SET hash = excluded.hash"
    static let forgetProblems = "DELETE FROM problem WHERE thread = ?"
    static let problem = """
        INSERT INTO problem VALUES (?, ?, ?, ?) ON CONFLICT (thread, kind, key) DO UPDATE SET detail = excluded.detail
        """
    static let kinds = "SELECT kind, count(*) FROM record GROUP BY kind"
    static let threadCount = "SELECT count(DISTINCT thread) FROM record"
    static let movedCount = "SELECT count(*) FROM thread"
    static let problemKinds = "SELECT kind, count(*) FROM problem GROUP BY kind"
    static let problems = "SELECT kind, key, detail FROM problem WHERE kind = ? ORDER BY key LIMIT ?"
}
