<?php

declare(strict_types=1);

namespace Shop\Wholesale;

final class ProductTable
{
    public function __construct(private \PDO $pdo)
    {
    }

    /** @param list<array{sku: string, name: string, cents: int}> $products at least one */
    public function save(array $products): void
    {
        $rows = implode(', ', array_fill(0, count($products), '(?, ?, ?)'));
        $values = [];
        foreach ($products as $product) {
            array_push($values, $product['sku'], $product['name'], $product['cents']);
        }
        $this->pdo->prepare("REPLACE INTO products (sku, name, cents) VALUES $rows")->execute($values);
    }
}
