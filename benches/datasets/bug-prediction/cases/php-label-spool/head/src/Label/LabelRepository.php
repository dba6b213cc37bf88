<?php

declare(strict_types=1);

namespace App\Label;

final class LabelRepository
{
    public function __construct(private readonly \PDO $db)
    {
    }

    /** @return list<array{id: int, zpl: string}> labels that no printer has had yet */
    public function waiting(int $limit, int $offset): array
    {
        $query = $this->db->prepare(
            'SELECT id, zpl FROM labels WHERE printed_at IS NULL ORDER BY id LIMIT :limit OFFSET :offset'
        );
        $query->bindValue('limit', $limit, \PDO::PARAM_INT);
        $query->bindValue('offset', $offset, \PDO::PARAM_INT);
        $query->execute();

        return $query->fetchAll(\PDO::FETCH_ASSOC);
    }

    /** @param list<int> $ids */
    public function markPrinted(array $ids): void
    {
        $update = $this->db->prepare('UPDATE labels SET printed_at = CURRENT_TIMESTAMP WHERE id = ?');
        foreach ($ids as $id) {
            $update->execute([$id]);
        }
    }
}
