package com.acme.booking;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Takes seats for new bookings. */
public class SlotService {

    private final DataSource dataSource;

    public SlotService(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** Takes a seat of an open slot, or throws {@link NoSeatException}. */
    public void take(long slot) throws SQLException {
        try (Connection db = dataSource.getConnection();
                PreparedStatement update = db.prepareStatement(
                        "UPDATE slots SET free = free - 1 WHERE id = ? AND free > 0 AND NOT closed")) {
            update.setLong(1, slot);
            if (update.executeUpdate() == 0) {
                throw new NoSeatException(slot);
            }
        }
    }
}
