package example.bakery.oven;

import java.time.LocalTime;
import java.time.ZoneId;

/** When a branch switches its oven on; the time is the clock on the branch's wall. */
public record BakePlan(String branch, LocalTime start, ZoneId zone, boolean sundays) {
}
