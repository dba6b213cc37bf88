package dev.cashbook.ledger;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** Append-only list of postings, in the export order of the tax office: debit, credit. */
public class Journal {
    public record Posting(String debit, String credit, BigDecimal amount, String text) {}

    private final List<Posting> postings = new ArrayList<>();

    public void append(String debit, String credit, BigDecimal amount, String text) {
        postings.add(new Posting(debit, credit, amount, text));
    }

    public List<Posting> postings() {
        return List.copyOf(postings);
    }
}
