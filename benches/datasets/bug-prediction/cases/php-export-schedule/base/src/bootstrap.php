<?php

declare(strict_types=1);

// Notices and warnings are errors here: nobody reads them in the log.
set_error_handler(static function (int $level, string $message, string $file, int $line): bool {
    throw new ErrorException($message, 0, $level, $file, $line);
});
