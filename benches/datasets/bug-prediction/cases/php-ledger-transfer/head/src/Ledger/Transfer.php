<?php

declare(strict_types=1);

namespace Bank\Ledger;

/** Moves money between two accounts. */
final class Transfer
{
    public function __construct(private \PDO $pdo, private Journal $journal)
    {
    }

    /** Answers false if the order had been executed before: the queue may deliver twice. */
    public function execute(string $reference, int $from, int $to, int $cents): bool
    {
        if ($cents <= 0) {
            throw new \InvalidArgumentException("amount of $reference is not positive");
        }

        $this->pdo->beginTransaction();
        try {
            $this->lock($from, $to);
            if ($this->journal->contains($reference)) {
                return false;
            }
            $this->journal->book($reference, $from, -$cents);
            $this->journal->book($reference, $to, $cents);
            $this->pdo->commit();
        } catch (\Throwable $error) {
            $this->pdo->rollBack();
            throw $error;
        }

        return true;
    }

    private function lock(int $from, int $to): void
    {
        $this->pdo
            ->prepare('SELECT id FROM accounts WHERE id IN (?, ?) ORDER BY id FOR UPDATE')
            ->execute([$from, $to]);
    }
}
