package example.helpdesk.archive;

import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;

/** Moves the tickets of past years to the archive; run on the first of January. */
public class ArchiveJob {
    private static final int PAGE = 200;

    public interface Archive {
        void store(long ticketId);
    }

    public interface Progress {
        void page(int number, int ticketsSoFar);
    }

    private final TicketStore tickets;
    private final Archive archive;
    private final Progress progress;

    public ArchiveJob(TicketStore tickets, Archive archive, Progress progress) {
        this.tickets = tickets;
        this.archive = archive;
        this.progress = progress;
    }

    /** Archives all tickets closed before the day and returns how many there were. */
    public int run(LocalDate day) throws SQLException {
        int done = 0;
        int number = 0;
        List<Long> page;
        do {
            page = tickets.closedBefore(day, PAGE, number * PAGE);
            for (long id : page) {
                archive.store(id);
                tickets.markArchived(id);
                done++;
            }
            number++;
            progress.page(number, done);
        } while (page.size() == PAGE);
        return done;
    }
}
