package dev.logwatch;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Counts the errors in an access log by path. */
public class ErrorReport {
    /** Requests that were answered with 5xx, by path. Logs of a day have up to 30 GB. */
    public Map<String, Integer> failures(Path log) throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        try (BufferedReader in = Files.newBufferedReader(log)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] cells = line.split(" ");
                if (cells.length > 3 && cells[3].startsWith("5")) {
                    counts.merge(cells[2], 1, Integer::sum);
                }
            }
        }
        return counts;
    }
}
