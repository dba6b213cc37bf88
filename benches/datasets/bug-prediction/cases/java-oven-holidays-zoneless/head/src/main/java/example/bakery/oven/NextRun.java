package example.bakery.oven;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalDateTime;

/** Works out the next start of a plan. */
public class NextRun {
    private static final Duration DAY = Duration.ofDays(1);

    /** The first start after {@code last}, which was a start of the same plan. */
    public LocalDateTime after(BakePlan plan, LocalDateTime last) {
        LocalDateTime next = last.plus(DAY);
        while (plan.closed(next.toLocalDate()) || !plan.sundays() && next.getDayOfWeek() == DayOfWeek.SUNDAY) {
            next = next.plus(DAY);
        }
        return next;
    }
}
