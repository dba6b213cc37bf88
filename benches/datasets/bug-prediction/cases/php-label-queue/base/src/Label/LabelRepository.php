<?php

declare(strict_types=1);

namespace App\Label;

final class LabelRepository
{
    public function __construct(private readonly \PDO $db)
    {
    }

    /** @return list<array{id: int, zpl: string}> labels that no printer has had yet */
    public function waiting(): array
    {
        $query = $this->db->query('SELECT id, zpl FROM labels WHERE printed_at IS NULL ORDER BY id');

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
