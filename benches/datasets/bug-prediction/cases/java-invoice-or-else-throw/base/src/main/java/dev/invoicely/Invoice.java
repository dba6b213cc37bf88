package dev.invoicely;

import java.math.BigDecimal;
import java.time.LocalDate;

public record Invoice(String number, String customer, BigDecimal total, LocalDate due) {}
