package example.wholesale.catalog;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

/** Reads the suppliers' text files: article, price in cents and first day, separated by tabs. */
public class PriceListReader {

    public List<PriceRow> read(List<String> lines) {
        List<PriceRow> rows = new ArrayList<>();
        for (String line : lines) {
            String[] cells = line.split("\t");
            if (line.isBlank() || cells.length < 3) {
                continue;
            }
            rows.add(new PriceRow(cells[0].trim(), Long.parseLong(cells[1].trim()), LocalDate.parse(cells[2].trim())));
        }
        return rows;
    }
}
