package example.tips;

/** Somebody on the shift plan. Trainees take part from their second month on. */
public record Employee(long id, String name, boolean trainee, int monthsHere, boolean onLeave) {

    public boolean firstMonth() {
        return trainee && monthsHere < 1;
    }
}
