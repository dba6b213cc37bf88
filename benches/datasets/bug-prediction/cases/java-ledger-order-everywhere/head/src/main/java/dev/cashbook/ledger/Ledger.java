package dev.cashbook.ledger;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;

/** Double-entry balances of accounts, by account number. */
public class Ledger {
    private final Map<String, BigDecimal> balances = new HashMap<>();
    private final Journal journal;

    public Ledger(Journal journal) {
        this.journal = journal;
    }

    /**
     * Moves money to the debit account from the credit account: the order in which
     * bookkeepers read a posting, and that of the journal.
     */
    public void transfer(String debit, String credit, BigDecimal amount, String text) {
        if (amount.signum() <= 0) {
            throw new IllegalArgumentException("amount must be positive: " + amount);
        }
        balances.merge(credit, amount.negate(), BigDecimal::add);
        balances.merge(debit, amount, BigDecimal::add);
        journal.append(debit, credit, amount, text);
    }

    public BigDecimal balance(String account) {
        return balances.getOrDefault(account, BigDecimal.ZERO);
    }
}
