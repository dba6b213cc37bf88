package com.acme.stock;

import java.util.function.Supplier;

/** Repeats what lost against a concurrent change. */
public final class Retry {

    private static final int ATTEMPTS = 4;

    private Retry() {
    }

    public static <T> T onStale(Supplier<T> action) {
        for (int attempt = 1; ; attempt++) {
            try {
                return action.get();
            } catch (StaleVersionException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }
}
