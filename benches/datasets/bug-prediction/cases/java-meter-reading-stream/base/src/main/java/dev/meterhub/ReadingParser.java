package dev.meterhub;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Logger;

/** Reads the text block that a meter concentrator uploads: "meter;kWh" a line. */
public class ReadingParser {
    private static final Logger LOG = Logger.getLogger(ReadingParser.class.getName());

    /** All readable lines; lines that cannot be read are logged and left out. */
    public List<Reading> parse(String block) {
        List<Reading> readings = new ArrayList<>();
        for (String line : block.split("\n")) {
            String[] cells = line.strip().split(";");
            if (cells.length != 2) {
                LOG.warning("no reading: " + line);
                continue;
            }
            try {
                readings.add(new Reading(cells[0], Double.parseDouble(cells[1])));
            } catch (NumberFormatException e) {
                LOG.warning("not a number: " + line);
            }
        }
        return readings;
    }
}
