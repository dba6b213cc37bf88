package dev.scanfolder;

import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The service: polls until it is stopped. */
public final class Main {
    private static final Logger LOG = Logger.getLogger("scanfolder");

    private Main() {}

    public static void main(String[] args) {
        Archive archive = (name, content) -> LOG.info("stored " + name + ", " + content.length + " bytes");
        InboxPoller poller = new InboxPoller(Path.of(args[0]), Path.of(args[1]), archive);
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        timer.scheduleWithFixedDelay(() -> tick(poller), 0, 2, TimeUnit.SECONDS);
    }

    static void tick(InboxPoller poller) {
        try {
            poller.poll();
        } catch (Exception e) {
            LOG.log(Level.WARNING, "poll failed", e);
        }
    }
}
