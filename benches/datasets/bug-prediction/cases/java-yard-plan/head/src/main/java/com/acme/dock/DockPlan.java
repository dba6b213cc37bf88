package com.acme.dock;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Which gate a truck goes to. */
public class DockPlan {

    private final Map<String, Slot> byCarrier;

    public DockPlan(List<Slot> slots) {
        byCarrier = slots.stream().collect(Collectors.toMap(Slot::carrier, Function.identity()));
    }

    public int carriers() {
        return byCarrier.size();
    }

    public Optional<Slot> slotOf(String carrier) {
        return Optional.ofNullable(byCarrier.get(carrier));
    }
}
