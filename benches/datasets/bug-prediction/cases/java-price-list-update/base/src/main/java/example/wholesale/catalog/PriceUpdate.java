package example.wholesale.catalog;

import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Works out what a new price list changes. */
public class PriceUpdate {
    private final PriceListReader reader = new PriceListReader();

    /** New prices by article, in the order of the list, of lines that are valid today. */
    public Map<String, Long> prices(List<String> lines, LocalDate today) {
        Map<String, Long> prices = new LinkedHashMap<>();
        for (PriceRow row : reader.read(lines)) {
            if (!row.validFrom().isAfter(today)) {
                prices.put(row.article(), row.cents());
            }
        }
        return prices;
    }

    /** Articles whose price rises by more than a tenth; the buyers look at them. */
    public Map<String, Long> suspicious(Map<String, Long> old, Map<String, Long> now) {
        Map<String, Long> found = new TreeMap<>();
        now.forEach((article, cents) -> {
            Long before = old.get(article);
            if (before != null && cents * 10 > before * 11) {
                found.put(article, cents - before);
            }
        });
        return found;
    }
}
