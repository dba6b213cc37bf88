package dev.shiftplan;

import java.time.LocalDate;

/** One employee's shift; regions differ, for teams work all over the country. */
public record Shift(String employee, String region, LocalDate day, int minutes) {}
