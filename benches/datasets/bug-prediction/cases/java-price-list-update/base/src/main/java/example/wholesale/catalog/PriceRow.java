package example.wholesale.catalog;

import java.time.LocalDate;

/** A line of a supplier's price list; a later line of the same article replaces the earlier. */
public record PriceRow(String article, long cents, LocalDate validFrom) {
}
