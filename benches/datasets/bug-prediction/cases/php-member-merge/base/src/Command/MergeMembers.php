<?php

declare(strict_types=1);

namespace App\Command;

use App\Members\DuplicateFinder;
use App\Members\MemberRepository;

/** After an import: the account that was there first takes over its copies. */
final class MergeMembers
{
    public function __construct(
        private readonly DuplicateFinder $finder,
        private readonly MemberRepository $members,
    ) {
    }

    public function run(): int
    {
        $merged = 0;
        foreach ($this->finder->pairs() as [$keep, $drop]) {
            $this->members->merge($keep, $drop);
            $merged++;
        }

        return $merged;
    }
}
