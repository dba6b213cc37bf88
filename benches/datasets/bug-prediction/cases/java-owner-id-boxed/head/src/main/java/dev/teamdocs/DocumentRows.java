package dev.teamdocs;

import java.sql.ResultSet;
import java.sql.SQLException;

/** Maps rows of the table documents. */
final class DocumentRows {
    private DocumentRows() {}

    static Document read(ResultSet row) throws SQLException {
        return new Document(row.getLong("id"), row.getObject("owner_id", Long.class), row.getBoolean("shared"));
    }
}
