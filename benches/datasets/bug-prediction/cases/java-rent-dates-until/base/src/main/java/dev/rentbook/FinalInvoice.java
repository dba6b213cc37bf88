package dev.rentbook;

import java.math.BigDecimal;
import java.time.LocalDate;

/** What a tenant still owes for the last month. */
public class FinalInvoice {
    /** Rent from the first of the last month up to and with the day of the hand-over. */
    public BigDecimal amount(Lease lease) {
        if (lease.until() == null) {
            throw new IllegalArgumentException("lease of " + lease.unit() + " has not ended");
        }
        LocalDate first = lease.until().withDayOfMonth(1);
        if (first.isBefore(lease.from())) {
            first = lease.from();
        }
        return Proration.rent(lease.monthly(), first, lease.until());
    }

    /** What is paid back of the deposit; negative if the tenant has to add to it. */
    public BigDecimal settle(Lease lease, BigDecimal deposit, BigDecimal damages) {
        return deposit.subtract(amount(lease)).subtract(damages);
    }
}
