package com.acme.dock;

import java.time.LocalTime;

/** When a carrier may load at a gate. */
public record Slot(String carrier, int gate, LocalTime from, LocalTime to) {

    static Slot parse(String line) {
        String[] part = line.split(";");
        return new Slot(part[0], Integer.parseInt(part[1]), LocalTime.parse(part[2]), LocalTime.parse(part[3]));
    }
}
