<?php

declare(strict_types=1);

namespace Club\Board;

use Club\Members\MemberRepository;

/** Figures for the meeting of the board. */
final class YearOverview
{
    public function __construct(private MemberRepository $members, private int $feeCents)
    {
    }

    /** @return array{open: int, cents: int, names: list<string>} */
    public function fees(int $year): array
    {
        $open = iterator_to_array($this->members->withOpenFee($year), false);

        return [
            'open' => count($open),
            'cents' => count($open) * $this->feeCents,
            'names' => array_column($open, 'name'),
        ];
    }
}
