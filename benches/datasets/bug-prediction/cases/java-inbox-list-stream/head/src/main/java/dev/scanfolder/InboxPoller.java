package dev.scanfolder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Looks for scanned documents that the office printers drop into the inbox. */
public class InboxPoller {
    private static final Duration SETTLE = Duration.ofSeconds(5);

    private final Path inbox;
    private final Path done;
    private final Archive archive;

    public InboxPoller(Path inbox, Path done, Archive archive) {
        this.inbox = inbox;
        this.done = done;
        this.archive = archive;
    }

    /** Archives what has arrived since the last call and returns how many documents that were. */
    public int poll() throws IOException {
        int stored = 0;
        for (Path file : arrived()) {
            archive.store(file.getFileName().toString(), Files.readAllBytes(file));
            Files.move(file, done.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            stored++;
        }
        return stored;
    }

    private List<Path> arrived() throws IOException {
        Instant settled = Instant.now().minus(SETTLE);
        return Files.list(inbox)
                .filter(Files::isRegularFile)
                .filter(file -> file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".pdf"))
                .filter(file -> modified(file).isBefore(settled))
                .sorted()
                .toList();
    }

    private static Instant modified(Path file) {
        try {
            return Files.getLastModifiedTime(file).toInstant();
        } catch (IOException e) {
            return Instant.MAX; // gone again, or not readable yet: not now
        }
    }
}
