<?php

declare(strict_types=1);

namespace HelpDesk;

use PDO;

final class TicketRepository
{
    public function __construct(private PDO $db)
    {
    }

    /** @return list<array<string, mixed>> open tickets of a team, newest first */
    public function open(int $team, int $limit = 50): array
    {
        $query = $this->db->prepare(
            'SELECT id, subject, priority, created_at FROM tickets'
            . ' WHERE team_id = :team AND closed_at IS NULL ORDER BY created_at DESC LIMIT :limit'
        );
        $query->bindValue('team', $team, PDO::PARAM_INT);
        $query->bindValue('limit', $limit, PDO::PARAM_INT);
        $query->execute();

        return $query->fetchAll(PDO::FETCH_ASSOC);
    }
}
