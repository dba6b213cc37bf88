package com.acme.booking;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Moves a booking to another slot: all of it or nothing. */
public class MoveBooking {

    private final DataSource dataSource;

    public MoveBooking(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    public void move(long booking, long from, long to) throws SQLException {
        try (Connection db = dataSource.getConnection()) {
            db.setAutoCommit(false);
            try {
                if (update(db, "UPDATE slots SET free = free - 1 WHERE id = ? AND free > 0", to) == 0) {
                    throw new NoSeatException(to);
                }
                update(db, "UPDATE bookings SET slot_id = ? WHERE id = ?", to, booking);
                update(db, "UPDATE slots SET free = free + 1 WHERE id = ?", from);
                db.commit();
            } catch (SQLException | RuntimeException e) {
                db.rollback();
                throw e;
            }
        }
    }

    private static int update(Connection db, String sql, long... values) throws SQLException {
        try (PreparedStatement statement = db.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setLong(i + 1, values[i]);
            }
            return statement.executeUpdate();
        }
    }
}
