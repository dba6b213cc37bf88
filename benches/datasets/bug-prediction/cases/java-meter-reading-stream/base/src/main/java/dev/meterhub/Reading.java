package dev.meterhub;

/** State of a meter in kWh. */
public record Reading(String meter, double kwh) {}
