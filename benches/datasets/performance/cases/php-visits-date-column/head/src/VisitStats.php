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

    /** @return array<string, int> the 20 paths with most visits within a day */
    public function day(int $site, DateTimeImmutable $day): array
    {
        $query = $this->db->prepare(
            'SELECT path, COUNT(*) AS visits FROM visits'
            . ' WHERE site = ? AND seen_on = ?'
            . ' GROUP BY path ORDER BY visits DESC, path LIMIT 20'
        );
        $query->execute([$site, $day->format('Y-m-d')]);

        return $query->fetchAll(PDO::FETCH_KEY_PAIR);
    }
}
