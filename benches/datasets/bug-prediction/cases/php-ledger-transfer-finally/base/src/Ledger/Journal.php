<?php

declare(strict_types=1);

namespace Bank\Ledger;

final class Journal
{
    public function __construct(private \PDO $pdo)
    {
    }

    public function contains(string $reference): bool
    {
        $query = $this->pdo->prepare('SELECT 1 FROM journal WHERE reference = ?');
        $query->execute([$reference]);

        return $query->fetchColumn() !== false;
    }

    public function book(string $reference, int $account, int $cents): void
    {
        $this->pdo
            ->prepare('INSERT INTO journal (reference, account, cents) VALUES (?, ?, ?)')
            ->execute([$reference, $account, $cents]);
        $this->pdo
            ->prepare('UPDATE accounts SET balance = balance + ? WHERE id = ?')
            ->execute([$cents, $account]);
    }
}
