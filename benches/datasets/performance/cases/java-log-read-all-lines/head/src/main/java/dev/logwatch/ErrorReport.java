package dev.logwatch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Counts the errors in an access log by path. */
public class ErrorReport {
    /** Requests that were answered with 5xx, by route. Logs of a day have up to 30 GB. */
    public Map<String, Integer> failures(Path log) throws IOException {
        List<String[]> requests = Files.readAllLines(log).stream()
                .map(line -> line.split(" "))
                .filter(cells -> cells.length > 3)
                .toList();
        return requests.stream()
                .filter(cells -> cells[3].startsWith("5") && !ignored(cells[2]))
                .collect(Collectors.toMap(
                        cells -> Routes.level(cells[2]), cells -> 1, Integer::sum, TreeMap::new));
    }

    /** Probes of the load balancer fail during every roll-out. */
    private static boolean ignored(String path) {
        return path.equals("/health") || path.startsWith("/internal/");
    }
}
