<?php

declare(strict_types=1);

namespace App\Members;

/** Finds members who were imported although they had an account. */
final class DuplicateFinder
{
    public function __construct(private readonly \PDO $db)
    {
    }

    /** @return iterable<array{int, int}> */
    public function pairs(): iterable
    {
        $first = [];
        foreach ($this->db->query('SELECT id, lower(email) AS email FROM members ORDER BY id') as $row) {
            $email = $row['email'];
            if (isset($first[$email])) {
                yield [$first[$email], (int) $row['id']];
            } else {
                $first[$email] = (int) $row['id'];
            }
        }
    }
}
