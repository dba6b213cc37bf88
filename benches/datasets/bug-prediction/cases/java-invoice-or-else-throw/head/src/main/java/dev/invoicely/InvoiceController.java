package dev.invoicely;

import java.util.Map;
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
    public Invoice show(@PathVariable("number") String number) {
        return find(number);
    }

    @GetMapping("/invoices/{number}/due")
    public Map<String, String> due(@PathVariable("number") String number) {
        Invoice invoice = find(number);
        return Map.of("due", invoice.due().toString(), "total", invoice.total().toPlainString());
    }

    private Invoice find(String number) {
        return invoices.findByNumber(number)
                .orElseThrow(() -> new Errors.NotFound("no invoice " + number));
    }
}
