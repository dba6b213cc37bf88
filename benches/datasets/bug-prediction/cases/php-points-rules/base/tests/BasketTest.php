<?php

declare(strict_types=1);

namespace App\Tests;

use App\Points\Counter;
use App\Shop\Basket;
use PHPUnit\Framework\TestCase;

final class BasketTest extends TestCase
{
    public function testGoldCardsCollectTwice(): void
    {
        $basket = new Basket(new Counter(require __DIR__ . '/../config/cards.php'));
        $basket->add(1250);
        $basket->add(990);
        self::assertSame(44, $basket->pointsFor('gold'));
    }
}
