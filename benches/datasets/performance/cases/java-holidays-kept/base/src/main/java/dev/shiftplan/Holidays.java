package dev.shiftplan;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Public holidays, from the file holidays.csv: "region;day" for some 30 years and 16 regions. */
public class Holidays {
    private final Map<String, Set<LocalDate>> known = new ConcurrentHashMap<>();

    /** All holidays of a region. */
    public Set<LocalDate> of(String region) {
        return known.computeIfAbsent(region, Holidays::read);
    }

    private static Set<LocalDate> read(String region) {
        Set<LocalDate> days = new HashSet<>();
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                Holidays.class.getResourceAsStream("/holidays.csv"), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] cells = line.split(";");
                if (cells[0].equals(region)) {
                    days.add(LocalDate.parse(cells[1]));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return days;
    }
}
