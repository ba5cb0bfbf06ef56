// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements on long-term values.
enum LongTermStatements {
    static let item = """
        SELECT *
        FROM store
        WHERE prefix = ?
            AND key = ?
            AND (expires_at IS NULL OR expires_at > ?)
        """

    static let put = """
        INSERT INTO store (prefix, key, value, created_at, updated_at, expires_at, ttl_minutes)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (prefix, key) DO UPDATE SET
            value = excluded.value,
            updated_at = excluded.updated_at,
            expires_at = excluded.expires_at,
            ttl_minutes = excluded.ttl_minutes
        """

    static let removeExpiredItem = """
        DELETE FROM store
        WHERE prefix = ?
            AND key = ?
            AND expires_at <= ?
        """

    static let delete = """
        DELETE FROM store
        WHERE prefix = ?
            AND key = ?
        """

    static let all = """
        SELECT *
        FROM store
        WHERE expires_at IS NULL OR expires_at > ?
        ORDER BY updated_at DESC, prefix, key
        """

    static let below = """
        SELECT *
        FROM store
        WHERE (prefix = ? OR substr(prefix, 1, length(?)) = ?)
            AND (expires_at IS NULL OR expires_at > ?)
        ORDER BY updated_at DESC, prefix, key
        """

    static let prefixes = """
        SELECT DISTINCT prefix
        FROM store
        WHERE expires_at IS NULL OR expires_at > ?
        """

    static let refresh = """
        UPDATE store
        SET expires_at = ?
        WHERE prefix = ?
            AND key = ?
        """

    static let removeExpired = """
        DELETE FROM store
        WHERE expires_at <= ?
        """
}
