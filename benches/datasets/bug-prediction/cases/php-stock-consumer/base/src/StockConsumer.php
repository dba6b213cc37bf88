<?php

declare(strict_types=1);

namespace Sync;

final class StockConsumer
{
    public function __construct(private Queue $queue, private StockTable $table)
    {
    }

    /** Works off what the queue holds; answers how many messages were written. */
    public function drain(): int
    {
        $written = 0;
        while (($deliveries = $this->queue->take(1)) !== []) {
            $delivery = $deliveries[0];
            try {
                $message = StockMessage::decode($delivery->body);
            } catch (\JsonException $error) {
                $this->queue->deadLetter($delivery, $error->getMessage());
                continue;
            }
            $this->table->set([$message->article => $message->pieces]);
            $this->queue->acknowledge($delivery);
            $written++;
        }

        return $written;
    }
}
