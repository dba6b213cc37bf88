package com.acme.dock;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Reads the slots of a day, ordered by their begin. */
public class SlotFile {

    public List<Slot> read(Path file) throws IOException {
        List<Slot> slots = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            slots.add(Slot.parse(line));
        }
        slots.sort(Comparator.comparing(Slot::from));
        return slots;
    }
}
