package dev.cashbook.payments;

import java.math.BigDecimal;

public record RefundLimits(BigDecimal daily) {}
