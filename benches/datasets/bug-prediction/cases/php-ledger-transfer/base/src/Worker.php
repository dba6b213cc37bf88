<?php

declare(strict_types=1);

namespace Bank;

use Bank\Ledger\Transfer;

/** Takes orders from the queue, for days on end, with one connection. */
final class Worker
{
    public function __construct(private Queue $queue, private Transfer $transfer)
    {
    }

    public function run(): void
    {
        foreach ($this->queue->messages() as $message) {
            $order = $message->payload();
            $this->transfer->execute($order['reference'], $order['from'], $order['to'], $order['cents']);
            $message->acknowledge();
        }
    }
}
