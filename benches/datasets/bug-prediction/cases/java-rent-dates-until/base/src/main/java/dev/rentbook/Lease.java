package dev.rentbook;

import java.math.BigDecimal;
import java.time.LocalDate;

/** A tenancy; {@code until} is its last day, on which the keys are handed back, or null while it runs. */
public record Lease(String unit, BigDecimal monthly, LocalDate from, LocalDate until) {}
