package dev.cashbook.payments;

import dev.cashbook.ledger.Ledger;
import java.math.BigDecimal;

/** Books incoming payments and the fees that the provider keeps. */
public class PaymentService {
    private static final String FEES = "4970";

    private final Ledger ledger;

    public PaymentService(Ledger ledger) {
        this.ledger = ledger;
    }

    public void received(String clearingAccount, String bankAccount, BigDecimal gross, BigDecimal fee) {
        ledger.transfer(clearingAccount, bankAccount, gross.subtract(fee), "payment");
        if (fee.signum() > 0) {
            ledger.transfer(clearingAccount, FEES, fee, "provider fee");
        }
    }
}
