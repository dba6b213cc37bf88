<?php

declare(strict_types=1);

namespace Pulse;

use DateTimeImmutable;

final class Dashboard
{
    public function __construct(private VisitStats $stats)
    {
    }

    /** Loaded whenever somebody opens a site's page. */
    public function data(int $site, string $day): string
    {
        $paths = $this->stats->day($site, new DateTimeImmutable($day));
        arsort($paths);

        return json_encode(array_slice($paths, 0, 20, true), JSON_THROW_ON_ERROR);
    }
}
