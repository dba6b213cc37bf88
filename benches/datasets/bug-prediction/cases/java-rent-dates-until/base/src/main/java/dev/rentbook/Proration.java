package dev.rentbook;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.time.YearMonth;

/** Rent for parts of months. */
public final class Proration {
    private Proration() {}

    /** The rent from one day to another, both included, each day at its own month's daily rate. */
    public static BigDecimal rent(BigDecimal monthly, LocalDate first, LocalDate last) {
        BigDecimal sum = BigDecimal.ZERO;
        for (LocalDate day = first; !day.isAfter(last); day = day.plusDays(1)) {
            sum = sum.add(daily(monthly, day));
        }
        return sum.setScale(2, RoundingMode.HALF_UP);
    }

    private static BigDecimal daily(BigDecimal monthly, LocalDate day) {
        int length = YearMonth.from(day).lengthOfMonth();
        return monthly.divide(BigDecimal.valueOf(length), 10, RoundingMode.HALF_UP);
    }
}
