package dev.wattwise;

import java.math.BigDecimal;
import java.util.List;

/** A year's bill of one customer. */
public record Bill(String customer, List<Item> items) {
    /** One position; amounts contain the tax. */
    public record Item(String text, BigDecimal amount) {}

    public BigDecimal total() {
        return items.stream().map(Item::amount).reduce(BigDecimal.ZERO, BigDecimal::add);
    }
}
