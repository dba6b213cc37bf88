<?php

declare(strict_types=1);

namespace Club\Members;

final class MemberRepository
{
    public function __construct(private \PDO $pdo)
    {
    }

    /** @return list<array{id: int, name: string, email: string}> */
    public function withOpenFee(int $year)
    {
        $query = $this->pdo->prepare(
            'SELECT m.id, m.name, m.email FROM members m
             LEFT JOIN fees f ON f.member_id = m.id AND f.year = ?
             WHERE f.id IS NULL ORDER BY m.name'
        );
        $query->execute([$year]);

        return $query->fetchAll(\PDO::FETCH_ASSOC);
    }
}
