package example.courier.pricing;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Zones by the first two digits of the postcode, as the carrier publishes them. */
public class ZoneTable {
    private final Map<String, TariffZone> byPrefix = new HashMap<>();

    /** Rows look like {@code 10;city;490;120}. Islands and new areas are often not listed. */
    public static ZoneTable parse(List<String> rows) {
        ZoneTable table = new ZoneTable();
        for (String row : rows) {
            String[] cell = row.split(";");
            if (cell.length != 4) {
                throw new IllegalArgumentException("bad tariff row: " + row);
            }
            table.byPrefix.put(cell[0], new TariffZone(cell[1], Integer.parseInt(cell[2]), Integer.parseInt(cell[3])));
        }
        return table;
    }

    public TariffZone find(String postcode) {
        return byPrefix.getOrDefault(postcode.substring(0, 2), TariffZone.REMOTE);
    }
}
