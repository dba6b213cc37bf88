<?php

declare(strict_types=1);

namespace Shop;

final class CustomerRepository
{
    public function __construct(private \PDO $pdo)
    {
    }

    public function find(int $id): ?Customer
    {
        $query = $this->pdo->prepare('SELECT id, email, country, vat_id FROM customers WHERE id = ?');
        $query->execute([$id]);
        $row = $query->fetch(\PDO::FETCH_ASSOC);

        return $row === false ? null : $this->hydrate($row);
    }

    /** @param array<string, mixed> $row columns of `customers`; country is NULL for accounts before 2021 */
    private function hydrate(array $row): Customer
    {
        return new Customer((int) $row['id'], $row['email'], $row['country'], $row['vat_id']);
    }
}
