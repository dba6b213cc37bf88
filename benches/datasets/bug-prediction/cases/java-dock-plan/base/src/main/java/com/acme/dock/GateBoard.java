package com.acme.dock;

import java.io.IOException;
import java.nio.file.Path;

/** The board above the yard: one line for each truck that checks in. */
public class GateBoard {

    private final DockPlan plan;

    public GateBoard(Path slots) throws IOException {
        plan = new DockPlan(new SlotFile().read(slots));
    }

    public String line(String carrier) {
        return plan.slotOf(carrier)
                .map(slot -> "%-12s gate %d until %s".formatted(carrier, slot.gate(), slot.to()))
                .orElse("%-12s wait at office".formatted(carrier));
    }
}
