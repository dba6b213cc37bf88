package dev.gatekeep;

import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts requests of tenants within the running minute. */
public class Throttle {
    private record Window(long minute, AtomicInteger used, Burst burst) {}

    /** Requests within the running second. */
    private static final class Burst {
        private long second;
        private int used;

        synchronized int next(long now) {
            if (now != second) {
                second = now;
                used = 0;
            }
            return ++used;
        }
    }

    private final RateLimits limits;
    private final Clock clock;
    private final Map<String, Window> windows = new ConcurrentHashMap<>();

    public Throttle(RateLimits limits, Clock clock) {
        this.limits = limits;
        this.clock = clock;
    }

    /** Whether the tenant may make one more request now. */
    public boolean admit(String tenant, Plan plan) {
        Window window = window(tenant);
        if (window.burst().next(clock.millis() / 1000) > limits.burst(plan)) {
            return false;
        }
        return window.used().incrementAndGet() <= limits.of(plan);
    }

    private Window window(String tenant) {
        long minute = clock.millis() / 60_000;
        return windows.compute(tenant, (k, old) ->
                old != null && old.minute() == minute ? old : new Window(minute, new AtomicInteger(), new Burst()));
    }
}
