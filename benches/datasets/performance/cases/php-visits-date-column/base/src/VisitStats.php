<?php

declare(strict_types=1);

namespace Pulse;

use DateTimeImmutable;
use PDO;

final class VisitStats
{
    public function __construct(private PDO $db)
    {
    }

    /** @return array<string, int> visits by path within a day */
    public function day(int $site, DateTimeImmutable $day): array
    {
        $query = $this->db->prepare(
            'SELECT path, COUNT(*) FROM visits'
            . ' WHERE site = ? AND seen_at >= ? AND seen_at < ?'
            . ' GROUP BY path'
        );
        $next = $day->modify('+1 day');
        $query->execute([$site, $day->format('Y-m-d 00:00:00'), $next->format('Y-m-d 00:00:00')]);

        return $query->fetchAll(PDO::FETCH_KEY_PAIR);
    }
}
