package dev.logwatch;

/** Levels paths, so that /orders/17 and /orders/18 are one line of the report. */
public final class Routes {
    private Routes() {}

    public static String level(String path) {
        return path.replaceAll("/[0-9]+", "/:id");
    }
}
