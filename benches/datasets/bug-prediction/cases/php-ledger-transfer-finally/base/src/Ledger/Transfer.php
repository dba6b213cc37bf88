<?php

declare(strict_types=1);

namespace Bank\Ledger;

/** Moves money between two accounts. */
final class Transfer
{
    public function __construct(private \PDO $pdo, private Journal $journal)
    {
    }

    public function execute(string $reference, int $from, int $to, int $cents): void
    {
        if ($cents <= 0) {
            throw new \InvalidArgumentException("amount of $reference is not positive");
        }

        $this->pdo->beginTransaction();
        try {
            $this->lock($from, $to);
            $this->journal->book($reference, $from, -$cents);
            $this->journal->book($reference, $to, $cents);
            $this->pdo->commit();
        } finally {
            if ($this->pdo->inTransaction()) {
                $this->pdo->rollBack();
            }
        }
    }

    private function lock(int $from, int $to): void
    {
        $this->pdo
            ->prepare('SELECT id FROM accounts WHERE id IN (?, ?) ORDER BY id FOR UPDATE')
            ->execute([$from, $to]);
    }
}
