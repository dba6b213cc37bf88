package dev.meterhub;

import java.math.BigDecimal;

/** State of a meter in kWh, with the decimals that the meter shows. */
public record Reading(String meter, BigDecimal kwh) {}
