package dev.logwatch;

import java.io.IOException;
import java.nio.file.Path;

/** Runs every night in a container with 512 MB. */
public final class Main {
    private Main() {}

    public static void main(String[] args) throws IOException {
        new ErrorReport().failures(Path.of(args[0]))
                .forEach((path, count) -> System.out.println(count + " " + path));
    }
}
