<?php

declare(strict_types=1);

namespace Sync;

final class StockConsumer
{
    private const BATCH = 200;

    public function __construct(private Queue $queue, private StockTable $table)
    {
    }

    /** Works off what the queue holds; answers how many messages were written. */
    public function drain(): int
    {
        $written = 0;
        while (($deliveries = $this->queue->take(self::BATCH)) !== []) {
            $this->table->set($this->latest($deliveries));
            foreach ($deliveries as $delivery) {
                $this->queue->acknowledge($delivery);
            }
            $written += count($deliveries);
        }

        return $written;
    }

    /**
     * The last count of each article; the queue keeps the order.
     *
     * @param list<Delivery> $deliveries
     * @return array<string, int>
     */
    private function latest(array $deliveries): array
    {
        $pieces = [];
        foreach ($deliveries as $delivery) {
            $message = StockMessage::decode($delivery->body);
            $pieces[$message->article] = $message->pieces;
        }

        return $pieces;
    }
}
