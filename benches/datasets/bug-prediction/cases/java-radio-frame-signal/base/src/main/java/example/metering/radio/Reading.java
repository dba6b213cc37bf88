package example.metering.radio;

/** One reading of a heat meter; the signal is in dBm, 0 where the meter does not say. */
public record Reading(long serial, int wattHours, int signal) {
}
