package dev.stagedoor;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Seats of one performance that are held or sold. One instance is shared by all request threads. */
public class SeatMap {
    public record Hold(String basket, Instant until) {}

    private static final Duration HOLD = Duration.ofMinutes(12);

    private final Map<String, Hold> holds = new HashMap<>();

    /** Holds the seat for a basket; false if another basket has it. */
    public synchronized boolean hold(String seat, String basket, Instant now) {
        Hold old = holds.get(seat);
        if (old != null && old.until().isAfter(now) && !old.basket().equals(basket)) {
            return false;
        }
        holds.put(seat, new Hold(basket, now.plus(HOLD)));
        return true;
    }

    public synchronized Optional<Hold> holder(String seat) {
        return Optional.ofNullable(holds.get(seat));
    }

    public synchronized void release(String seat, String basket) {
        Hold old = holds.get(seat);
        if (old != null && old.basket().equals(basket)) {
            holds.remove(seat);
        }
    }
}
