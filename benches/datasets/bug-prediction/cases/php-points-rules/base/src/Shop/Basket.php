<?php

declare(strict_types=1);

namespace App\Shop;

use App\Points\Counter;

final class Basket
{
    /** @var list<int> prices in cents */
    private array $prices = [];

    public function __construct(private readonly Counter $counter)
    {
    }

    public function add(int $cents): void
    {
        $this->prices[] = $cents;
    }

    public function pointsFor(string $card): int
    {
        return $this->counter->points($card, array_sum($this->prices));
    }
}
