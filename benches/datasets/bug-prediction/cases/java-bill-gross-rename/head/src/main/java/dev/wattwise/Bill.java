package dev.wattwise;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;

/** A year's bill of one customer. */
public record Bill(String customer, List<Item> items) {
    /** One position; amounts contain the tax. */
    public record Item(String text, BigDecimal amount) {}

    /** Value-added tax: 19 per cent. */
    private static final BigDecimal TAXED = new BigDecimal("1.19");

    public BigDecimal gross() {
        return items.stream().map(Item::amount).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    public BigDecimal net() {
        return gross().divide(TAXED, 2, RoundingMode.HALF_UP);
    }

    public BigDecimal tax() {
        return gross().subtract(net());
    }
}
