<?php

declare(strict_types=1);

namespace App\Rooms;

final class BookingRepository
{
    public function __construct(private readonly \PDO $db)
    {
    }

    /** @return list<array<string, mixed>> rows of a room that start in the given span */
    public function between(int $roomId, \DateTimeImmutable $from, \DateTimeImmutable $to): array
    {
        $query = $this->db->prepare(
            "SELECT id, title, status, starts_at, ends_at FROM bookings
              WHERE room_id = :room AND status = 'confirmed'
                AND starts_at >= :from AND starts_at < :to
              ORDER BY starts_at"
        );
        $query->execute([
            'room' => $roomId,
            'from' => $from->format('Y-m-d H:i:s'),
            'to' => $to->format('Y-m-d H:i:s'),
        ]);

        return $query->fetchAll(\PDO::FETCH_ASSOC);
    }
}
