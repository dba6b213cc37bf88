package dev.gatekeep;

/** Answers 429 to tenants above their limit. */
public class Gateway {
    public record Tenant(String id, Plan plan) {}

    private final Throttle throttle;

    public Gateway(Throttle throttle) {
        this.throttle = throttle;
    }

    /** New tenants start on {@link Plan#TRIAL}. */
    public Tenant signUp(String id) {
        return new Tenant(id, Plan.TRIAL);
    }

    public int status(Tenant tenant) {
        return throttle.admit(tenant.id(), tenant.plan()) ? 200 : 429;
    }
}
