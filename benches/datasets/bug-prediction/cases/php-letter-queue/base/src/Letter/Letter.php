<?php

declare(strict_types=1);

namespace App\Letter;

/** A letter that waits to be rendered. Reminders have a due date, notices have none. */
final class Letter
{
    public function __construct(
        public readonly int $id,
        public readonly string $template,
        public readonly string $recipient,
        public readonly ?\DateTimeImmutable $dueOn,
        public readonly int $cents = 0,
    ) {
    }
}
