package dev.shiftplan;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.Set;

/** Public holidays, from the file holidays.csv: "region;day" for some 30 years and 16 regions. */
public class Holidays {
    /** All holidays of a region. Reads the file. */
    public Set<LocalDate> of(String region) {
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
