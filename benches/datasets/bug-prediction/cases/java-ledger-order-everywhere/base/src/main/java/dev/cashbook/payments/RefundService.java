package dev.cashbook.payments;

import dev.cashbook.ledger.Ledger;
import java.math.BigDecimal;

/** Pays customers back. */
public class RefundService {
    private final Ledger ledger;
    private final RefundLimits limits;

    public RefundService(Ledger ledger, RefundLimits limits) {
        this.ledger = ledger;
        this.limits = limits;
    }

    /** Takes the amount from our bank account and gives it to the customer's. */
    public void refund(String bankAccount, String customerAccount, BigDecimal amount, String reason) {
        if (amount.compareTo(limits.daily()) > 0) {
            throw new IllegalStateException("refund above the daily limit");
        }
        String text = "refund: " + reason;
        ledger.transfer(bankAccount, customerAccount, amount, text);
    }
}
