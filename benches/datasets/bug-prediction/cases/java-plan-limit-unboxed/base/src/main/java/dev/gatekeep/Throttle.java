package dev.gatekeep;

import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts requests of tenants within the running minute. */
public class Throttle {
    private record Window(long minute, AtomicInteger used) {}

    private final RateLimits limits;
    private final Clock clock;
    private final Map<String, Window> windows = new ConcurrentHashMap<>();

    public Throttle(RateLimits limits, Clock clock) {
        this.limits = limits;
        this.clock = clock;
    }

    /** Whether the tenant may make one more request now. */
    public boolean admit(String tenant, Plan plan) {
        int used = window(tenant).used().incrementAndGet();
        return used <= limits.of(plan);
    }

    private Window window(String tenant) {
        long minute = clock.millis() / 60_000;
        return windows.compute(tenant, (k, old) ->
                old != null && old.minute() == minute ? old : new Window(minute, new AtomicInteger()));
    }
}
