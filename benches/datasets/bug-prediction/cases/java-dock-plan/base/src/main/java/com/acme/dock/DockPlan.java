package com.acme.dock;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which gate a truck goes to. */
public class DockPlan {

    private final Map<String, Slot> byCarrier = new HashMap<>();

    public DockPlan(List<Slot> slots) {
        for (Slot slot : slots) {
            byCarrier.put(slot.carrier(), slot);
        }
    }

    public Optional<Slot> slotOf(String carrier) {
        return Optional.ofNullable(byCarrier.get(carrier));
    }
}
