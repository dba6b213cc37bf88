<?php

declare(strict_types=1);

namespace Sync;

/** What is not acknowledged is delivered again after a minute. */
interface Queue
{
    /** @return list<Delivery> */
    public function take(int $most): array;

    public function acknowledge(Delivery $delivery): void;

    /** Puts the message aside for a person to look at, and acknowledges it. */
    public function deadLetter(Delivery $delivery, string $reason): void;
}

final class Delivery
{
    public function __construct(public readonly string $id, public readonly string $body)
    {
    }
}
