package dev.wattwise;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** What customers pay in advance each month. */
public class Instalments {
    private static final BigDecimal MONTHS = BigDecimal.valueOf(12);

    /** A twelfth of the last bill, in whole euros. */
    public BigDecimal next(Bill last) {
        return last.total().divide(MONTHS, 0, RoundingMode.CEILING);
    }
}
