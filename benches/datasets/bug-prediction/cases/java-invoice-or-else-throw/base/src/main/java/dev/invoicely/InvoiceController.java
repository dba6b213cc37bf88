package dev.invoicely;

import java.util.Map;
import java.util.Optional;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@RestController
public class InvoiceController {
    private final InvoiceRepository invoices;

    public InvoiceController(InvoiceRepository invoices) {
        this.invoices = invoices;
    }

    @GetMapping("/invoices/{number}")
    public ResponseEntity<?> show(@PathVariable("number") String number) {
        Optional<Invoice> invoice = invoices.findByNumber(number);
        if (invoice.isEmpty()) {
            return ResponseEntity.status(404).body(Map.of("error", "no invoice " + number));
        }
        return ResponseEntity.ok(invoice.get());
    }

    @GetMapping("/invoices/{number}/due")
    public ResponseEntity<?> due(@PathVariable("number") String number) {
        Optional<Invoice> invoice = invoices.findByNumber(number);
        if (invoice.isEmpty()) {
            return ResponseEntity.status(404).body(Map.of("error", "no invoice " + number));
        }
        return ResponseEntity.ok(Map.of("due", invoice.get().due().toString()));
    }
}
