package dev.scanfolder;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Looks for scanned documents that the office printers drop into the inbox. */
public class InboxPoller {
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

    private List<Path> arrived() {
        List<Path> found = new ArrayList<>();
        File[] files = inbox.toFile().listFiles();
        if (files == null) {
            return found;
        }
        Arrays.sort(files);
        for (File file : files) {
            if (file.isFile() && file.getName().endsWith(".pdf")) {
                found.add(file.toPath());
            }
        }
        return found;
    }
}
