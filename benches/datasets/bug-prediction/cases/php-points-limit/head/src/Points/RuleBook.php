<?php

declare(strict_types=1);

namespace App\Points;

/** What the cards are worth, with the campaign of the week on top. */
final class RuleBook
{
    private const DEFAULT_LIMIT = 500;

    /** @param array<string, array{factor: int, limit?: int}> $cards */
    public function __construct(private readonly array $cards, private readonly int $campaign = 1)
    {
    }

    public function factor(string $card): int
    {
        return $this->cards[$card]['factor'] * $this->campaign;
    }

    public function limit(string $card): int
    {
        return ($this->cards[$card]['limit'] ?? 0) ?: self::DEFAULT_LIMIT;
    }
}
