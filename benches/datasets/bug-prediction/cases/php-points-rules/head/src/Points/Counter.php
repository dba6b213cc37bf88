<?php

declare(strict_types=1);

namespace App\Points;

/** Points for purchases at the counter. */
final class Counter
{
    public function __construct(private readonly RuleBook $rules)
    {
    }

    public function points(string $card, int $cents): int
    {
        $points = intdiv($cents, 100) * $this->rules->factor($card);

        return min($points, $this->rules->limit($card));
    }
}
