<?php

declare(strict_types=1);

namespace App\Letter;

use Psr\Log\LoggerInterface;

/** Renders the letters of a night. Started once a day by cron. */
final class Batch
{
    public function __construct(
        private readonly Renderer $renderer,
        private readonly Outbox $outbox,
        private readonly LoggerInterface $log,
    ) {
    }

    /**
     * @param iterable<Letter> $letters
     * @return array{sent: int, failed: int}
     */
    public function run(iterable $letters): array
    {
        $sent = 0;
        $failed = 0;
        foreach ($letters as $letter) {
            try {
                $this->outbox->put($letter->id, $this->renderer->render($letter));
                $sent++;
            } catch (\Throwable $e) {
                $failed++;
                $this->log->error('letter failed', ['id' => $letter->id, 'error' => $e->getMessage()]);
            }
        }

        return ['sent' => $sent, 'failed' => $failed];
    }
}
