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

    private final TicketStore tickets;
    private final Archive archive;

    public ArchiveJob(TicketStore tickets, Archive archive) {
        this.tickets = tickets;
        this.archive = archive;
    }

    /** Archives all tickets closed before the day and returns how many there were. */
    public int run(LocalDate day) throws SQLException {
        int done = 0;
        List<Long> page = tickets.closedBefore(day, PAGE, 0);
        while (!page.isEmpty()) {
            for (long id : page) {
                archive.store(id);
                tickets.markArchived(id);
                done++;
            }
            page = tickets.closedBefore(day, PAGE, 0);
        }
        return done;
    }
}
