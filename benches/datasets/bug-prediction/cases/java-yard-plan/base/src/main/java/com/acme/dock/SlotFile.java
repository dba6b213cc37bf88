package com.acme.dock;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the slots of a day, ordered by their begin. A later line of a carrier replaces its earlier one. */
public class SlotFile {

    public List<Slot> read(Path file) throws IOException {
        Map<String, Slot> lastOf = new LinkedHashMap<>();
        for (String line : Files.readAllLines(file)) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            Slot slot = Slot.parse(line);
            lastOf.put(slot.carrier(), slot);
        }
        List<Slot> slots = new ArrayList<>(lastOf.values());
        slots.sort(Comparator.comparing(Slot::from));
        return slots;
    }
}
