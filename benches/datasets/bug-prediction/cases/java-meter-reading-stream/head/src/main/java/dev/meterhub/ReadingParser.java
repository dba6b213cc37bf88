package dev.meterhub;

import java.math.BigDecimal;
import java.util.List;
import java.util.logging.Logger;

/** Reads the text block that a meter concentrator uploads: "meter;kWh" a line. */
public class ReadingParser {
    private static final Logger LOG = Logger.getLogger(ReadingParser.class.getName());

    /** All readable lines; lines that cannot be read are logged and left out. */
    public List<Reading> parse(String block) {
        return block.lines()
                .map(line -> line.strip().split(";"))
                .filter(ReadingParser::isReading)
                .map(cells -> new Reading(cells[0], new BigDecimal(cells[1])))
                .toList();
    }

    private static boolean isReading(String[] cells) {
        if (cells.length == 2) {
            return true;
        }
        LOG.warning(() -> "no reading: " + String.join(";", cells));
        return false;
    }
}
