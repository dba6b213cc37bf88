package example.tips;

import java.util.List;
import java.util.Map;

/** Closes a shift: called by the till when the last register is counted. */
public class ShiftClosing {
    private final TipPool pool = new TipPool();

    public String close(String shift, long tipCents, List<Employee> crew) {
        StringBuilder note = new StringBuilder("shift ").append(shift).append('\n');
        Map<Long, Long> shares = pool.split(tipCents, crew);
        for (Employee e : crew) {
            Long share = shares.get(e.id());
            if (share != null) {
                note.append(e.name()).append(": ").append(share).append('\n');
            }
        }
        return note.toString();
    }
}
