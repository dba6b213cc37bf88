<?php

declare(strict_types=1);

namespace HelpDesk;

use PDO;

final class TicketRepository
{
    public function __construct(private PDO $db)
    {
    }

    /**
     * @param string $sort a column, after a minus for descending order
     * @return list<array<string, mixed>> open tickets of a team
     */
    public function open(int $team, string $sort, ?string $priority, int $limit = 50): array
    {
        $direction = str_starts_with($sort, '-') ? 'DESC' : 'ASC';
        $column = ltrim($sort, '-');
        $filter = $priority === null ? '' : ' AND priority = :priority';
        $query = $this->db->prepare(
            'SELECT id, subject, priority, created_at FROM tickets'
            . " WHERE team_id = :team AND closed_at IS NULL$filter"
            . " ORDER BY $column $direction LIMIT :limit"
        );
        if ($priority !== null) {
            $query->bindValue('priority', $priority);
        }
        $query->bindValue('team', $team, PDO::PARAM_INT);
        $query->bindValue('limit', $limit, PDO::PARAM_INT);
        $query->execute();

        return $query->fetchAll(PDO::FETCH_ASSOC);
    }
}
