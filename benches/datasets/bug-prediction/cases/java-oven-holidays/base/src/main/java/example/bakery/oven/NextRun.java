package example.bakery.oven;

import java.time.DayOfWeek;
import java.time.ZonedDateTime;

/** Works out the next start of a plan. */
public class NextRun {

    /** The first start after {@code last}, which was a start of the same plan. */
    public ZonedDateTime after(BakePlan plan, ZonedDateTime last) {
        ZonedDateTime next = last.toLocalDate().plusDays(1).atTime(plan.start()).atZone(plan.zone());
        if (!plan.sundays() && next.getDayOfWeek() == DayOfWeek.SUNDAY) {
            next = next.plusDays(1);
        }
        return next;
    }
}
