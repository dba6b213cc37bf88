<?php

declare(strict_types=1);

namespace Sync;

/** A change of stock: article and pieces left. */
final class StockMessage
{
    public function __construct(public readonly string $article, public readonly int $pieces)
    {
    }

    public static function decode(string $body): self
    {
        $data = json_decode($body, true, 8, JSON_THROW_ON_ERROR);

        return new self((string) $data['article'], (int) $data['pieces']);
    }
}
