<?php

declare(strict_types=1);

namespace App\Members;

/** Finds members who were imported although they had an account. */
final class DuplicateFinder
{
    public function __construct(private readonly \PDO $db)
    {
    }

    /** @return list<array{int, int}> */
    public function pairs(): array
    {
        $query = $this->db->query(
            'SELECT m.id, f.id
               FROM members m
               JOIN (SELECT lower(email) AS email, MIN(id) AS id FROM members GROUP BY lower(email)) f
                 ON f.email = lower(m.email)
              WHERE m.id > f.id
              ORDER BY m.id'
        );

        return $query->fetchAll(\PDO::FETCH_NUM);
    }
}
