package dev.invoicely;

import java.util.Optional;

public interface InvoiceRepository {
    Optional<Invoice> findByNumber(String number);
}
