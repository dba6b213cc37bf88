package example.bakery.oven;

import java.time.Clock;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Switches the oven on and plans the next start; the first one is given by the branch. */
public class OvenTimer {
    private final ScheduledExecutorService executor;
    private final Clock clock;
    private final NextRun nextRun = new NextRun();

    public OvenTimer(ScheduledExecutorService executor, Clock clock) {
        this.executor = executor;
        this.clock = clock;
    }

    public void plan(BakePlan plan, ZonedDateTime start, Runnable switchOn) {
        long delay = Duration.between(clock.instant(), start).toMillis();
        executor.schedule(() -> {
            switchOn.run();
            plan(plan, nextRun.after(plan, start), switchOn);
        }, Math.max(0, delay), TimeUnit.MILLISECONDS);
    }
}
