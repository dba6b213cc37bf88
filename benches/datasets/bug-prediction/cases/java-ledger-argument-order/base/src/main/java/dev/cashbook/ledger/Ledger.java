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

    /** Moves money from the first account to the second. */
    public void transfer(String from, String to, BigDecimal amount, String text) {
        if (amount.signum() <= 0) {
            throw new IllegalArgumentException("amount must be positive: " + amount);
        }
        balances.merge(from, amount.negate(), BigDecimal::add);
        balances.merge(to, amount, BigDecimal::add);
        journal.append(from, to, amount, text);
    }

    public BigDecimal balance(String account) {
        return balances.getOrDefault(account, BigDecimal.ZERO);
    }
}
