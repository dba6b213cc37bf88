package example.bakery.oven;

import java.time.DayOfWeek;
import java.time.LocalDateTime;

/** Works out the next start of a plan. */
public class NextRun {

    /** The first start after {@code last}, which was a start of the same plan. */
    public LocalDateTime after(BakePlan plan, LocalDateTime last) {
        LocalDateTime next = last.toLocalDate().plusDays(1).atTime(plan.start());
        if (!plan.sundays() && next.getDayOfWeek() == DayOfWeek.SUNDAY) {
            next = next.plusDays(1);
        }
        return next;
    }
}
