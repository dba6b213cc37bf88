package dev.invoicely;

import java.util.Map;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Turns exceptions of all controllers into answers. */
@RestControllerAdvice
public class Errors {
    /** Nothing of this name. */
    public static class NotFound extends RuntimeException {
        public NotFound(String message) {
            super(message);
        }
    }

    @ExceptionHandler(NotFound.class)
    public ResponseEntity<?> notFound(NotFound e) {
        return ResponseEntity.status(404).body(Map.of("error", e.getMessage()));
    }
}
