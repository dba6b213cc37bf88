package dev.meterhub;

import java.util.List;

/** Takes uploads off the queue and stores their readings. */
public class UploadJob implements Runnable {
    public interface Uploads {
        /** The next upload; waits for one. */
        String take() throws InterruptedException;
    }

    public interface Readings {
        void save(List<Reading> readings);
    }

    private final Uploads uploads;
    private final Readings readings;
    private final ReadingParser parser = new ReadingParser();

    public UploadJob(Uploads uploads, Readings readings) {
        this.uploads = uploads;
        this.readings = readings;
    }

    @Override
    public void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                readings.save(parser.parse(uploads.take()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
