package example.bakery.oven;

import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Set;

/** When a branch switches its oven on; the time is the clock on the branch's wall. */
public record BakePlan(String branch, LocalTime start, ZoneId zone, boolean sundays, Set<LocalDate> holidays) {

    public boolean closed(LocalDate day) {
        return holidays.contains(day);
    }
}
