package dev.gatekeep;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;

/** Requests per minute of each plan, from limits.properties. */
public class RateLimits {
    private final Map<Plan, Integer> perMinute = new EnumMap<>(Plan.class);

    public RateLimits(Properties file) {
        for (Plan plan : Plan.values()) {
            String value = file.getProperty("limit." + plan.name().toLowerCase(Locale.ROOT));
            if (value == null) {
                throw new IllegalStateException("limits.properties: no limit for plan " + plan);
            }
            perMinute.put(plan, Integer.valueOf(value.trim()));
        }
    }

    public static RateLimits load() {
        try (InputStream in = RateLimits.class.getResourceAsStream("/limits.properties")) {
            Properties file = new Properties();
            file.load(in);
            return new RateLimits(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The plan's requests per minute. */
    public int of(Plan plan) {
        return perMinute.get(plan);
    }

    /** How many requests may come at once: a tenth of a minute's, at least five. */
    public int burst(Plan plan) {
        return Math.max(5, of(plan) / 10);
    }
}
