<?php

declare(strict_types=1);

namespace App\Members;

final class MemberRepository
{
    public function __construct(private readonly \PDO $db)
    {
    }

    /** Hands the bookings of one account to another and deletes it. Password and points stay. */
    public function merge(int $keep, int $drop): void
    {
        $this->db->beginTransaction();
        $this->db->prepare('UPDATE bookings SET member_id = ? WHERE member_id = ?')->execute([$keep, $drop]);
        $this->db->prepare('DELETE FROM members WHERE id = ?')->execute([$drop]);
        $this->db->commit();
    }
}
