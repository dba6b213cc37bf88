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
     * @return array{sent: int, skipped: array<int, string>}
     */
    public function run(iterable $letters): array
    {
        $sent = 0;
        $skipped = [];
        foreach ($letters as $letter) {
            try {
                $this->outbox->put($letter->id, $this->renderer->render($letter));
                $sent++;
            } catch (RenderException $e) {
                $skipped[$letter->id] = $e->reason;
                $this->log->notice('letter skipped', ['id' => $letter->id, 'reason' => $e->reason]);
            }
        }

        return ['sent' => $sent, 'skipped' => $skipped];
    }
}
