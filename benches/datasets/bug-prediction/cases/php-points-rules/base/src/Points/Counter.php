<?php

declare(strict_types=1);

namespace App\Points;

/** Points for purchases at the counter. */
final class Counter
{
    public const DEFAULT_LIMIT = 500;

    /** @param array<string, array{factor: int, limit?: int}> $cards */
    public function __construct(private readonly array $cards)
    {
    }

    public function points(string $card, int $cents): int
    {
        $rule = $this->cards[$card];
        $limit = $rule['limit'] ?? self::DEFAULT_LIMIT;

        return min(intdiv($cents, 100) * $rule['factor'], $limit);
    }
}
