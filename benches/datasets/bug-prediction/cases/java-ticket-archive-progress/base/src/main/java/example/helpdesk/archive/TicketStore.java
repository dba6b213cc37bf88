package example.helpdesk.archive;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

/** Tickets in the database. */
public class TicketStore {
    private final Connection connection;

    public TicketStore(Connection connection) {
        this.connection = connection;
    }

    /** Closed tickets not yet archived, oldest first. */
    public List<Long> closedBefore(LocalDate day, int limit, int offset) throws SQLException {
        String sql = "select id from ticket where state = 'closed' and closed_on < ? order by id limit ? offset ?";
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setObject(1, day);
            select.setInt(2, limit);
            select.setInt(3, offset);
            List<Long> ids = new ArrayList<>();
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    ids.add(rows.getLong(1));
                }
            }
            return ids;
        }
    }

    public void markArchived(long id) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("update ticket set state = 'archived' where id = ?")) {
            update.setLong(1, id);
            update.executeUpdate();
        }
    }
}
