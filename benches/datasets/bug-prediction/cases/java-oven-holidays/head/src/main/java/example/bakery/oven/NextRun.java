package example.bakery.oven;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.ZonedDateTime;

/** Works out the next start of a plan. */
public class NextRun {
    private static final Duration DAY = Duration.ofDays(1);

    /** The first start after {@code last}, which was a start of the same plan. */
    public ZonedDateTime after(BakePlan plan, ZonedDateTime last) {
        ZonedDateTime next = last.plus(DAY);
        while (plan.closed(next.toLocalDate()) || !plan.sundays() && next.getDayOfWeek() == DayOfWeek.SUNDAY) {
            next = next.plus(DAY);
        }
        return next;
    }
}
