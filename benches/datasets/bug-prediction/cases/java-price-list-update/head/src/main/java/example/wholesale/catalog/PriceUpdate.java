package example.wholesale.catalog;

import java.time.LocalDate;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Works out what a new price list changes. */
public class PriceUpdate {
    private final PriceListReader reader = new PriceListReader();

    /** New prices by article, of lines that are valid today. */
    public Map<String, Long> prices(List<String> lines, LocalDate today) {
        return reader.read(lines).stream()
            .filter(row -> !row.validFrom().isAfter(today))
            .collect(Collectors.toMap(PriceRow::article, PriceRow::cents));
    }

    /** Prices of the list that are not valid yet, the nearest first; shown as a preview. */
    public List<PriceRow> announced(List<String> lines, LocalDate today) {
        return reader.read(lines).stream()
            .filter(row -> row.validFrom().isAfter(today))
            .sorted(Comparator.comparing(PriceRow::validFrom))
            .toList();
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
