<?php

declare(strict_types=1);

namespace Sync;

final class StockTable
{
    public function __construct(private \PDO $pdo)
    {
    }

    /** @param array<string, int> $pieces by article */
    public function set(array $pieces): void
    {
        $rows = implode(', ', array_fill(0, count($pieces), '(?, ?)'));
        $values = [];
        foreach ($pieces as $article => $count) {
            array_push($values, (string) $article, $count);
        }
        $this->pdo->prepare("REPLACE INTO stock (article, pieces) VALUES $rows")->execute($values);
    }
}
