package dev.shiftplan;

import java.time.DayOfWeek;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Minutes that are paid extra: half of those on Sundays, all of those on holidays. */
public class Surcharges {
    private final Holidays holidays;

    public Surcharges(Holidays holidays) {
        this.holidays = holidays;
    }

    /** Extra minutes by employee for a month's shifts, 40,000 for the whole company. */
    public Map<String, Integer> minutes(List<Shift> shifts) {
        Map<String, Integer> extra = new TreeMap<>();
        for (Shift shift : shifts) {
            int minutes = extra(shift);
            if (minutes > 0) {
                extra.merge(shift.employee(), minutes, Integer::sum);
            }
        }
        return extra;
    }

    private int extra(Shift shift) {
        if (holidays.of(shift.region()).contains(shift.day())) {
            return shift.minutes();
        }
        return shift.day().getDayOfWeek() == DayOfWeek.SUNDAY ? shift.minutes() / 2 : 0;
    }
}
