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

        return json_encode($paths, JSON_THROW_ON_ERROR);
    }
}
