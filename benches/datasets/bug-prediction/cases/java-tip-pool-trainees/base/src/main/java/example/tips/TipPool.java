package example.tips;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Divides the tips of a shift, in cents, among those who worked it. */
public class TipPool {

    /**
     * Shares by employee id. Cents that cannot be divided go to the first ones of the list.
     * With nobody to pay the pool stays in the till, and the result is empty.
     */
    public Map<Long, Long> split(long cents, List<Employee> crew) {
        List<Employee> paid = new ArrayList<>();
        for (Employee e : crew) {
            if (!e.onLeave()) {
                paid.add(e);
            }
        }
        if (paid.isEmpty()) {
            return Map.of();
        }
        long share = cents / paid.size();
        long rest = cents % paid.size();
        Map<Long, Long> shares = new LinkedHashMap<>();
        for (Employee e : paid) {
            shares.put(e.id(), share + (rest-- > 0 ? 1 : 0));
        }
        return shares;
    }
}
