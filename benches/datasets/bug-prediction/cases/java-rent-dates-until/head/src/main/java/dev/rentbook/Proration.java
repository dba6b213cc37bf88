package dev.rentbook;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Rent for parts of months. */
public final class Proration {
    private Proration() {}

    /** The rent from one day to another, both included, each month at its own daily rate. */
    public static BigDecimal rent(BigDecimal monthly, LocalDate first, LocalDate last) {
        Map<YearMonth, Long> days = first.datesUntil(last)
                .collect(Collectors.groupingBy(YearMonth::from, TreeMap::new, Collectors.counting()));
        return days.entrySet().stream()
                .map(month -> share(monthly, month.getKey(), month.getValue()))
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    /** So many days' part of the month's rent, in cents. */
    private static BigDecimal share(BigDecimal monthly, YearMonth month, long days) {
        if (days == month.lengthOfMonth()) {
            return monthly.setScale(2, RoundingMode.HALF_UP);
        }
        return monthly.multiply(BigDecimal.valueOf(days))
                .divide(BigDecimal.valueOf(month.lengthOfMonth()), 2, RoundingMode.HALF_UP);
    }
}
