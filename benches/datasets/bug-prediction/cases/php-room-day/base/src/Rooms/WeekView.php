<?php

declare(strict_types=1);

namespace App\Rooms;

/** The bookings of a room in a week, as blocks for the calendar. */
final class WeekView
{
    public function __construct(private readonly BookingRepository $bookings)
    {
    }

    /** @return list<array{day: int, start: int, minutes: int, title: string}> */
    public function blocks(int $roomId, \DateTimeImmutable $monday): array
    {
        $blocks = [];
        foreach ($this->bookings->between($roomId, $monday, $monday->modify('+7 days')) as $row) {
            if ($row['ends_at'] === null) {
                continue;
            }
            $start = new \DateTimeImmutable($row['starts_at']);
            $end = new \DateTimeImmutable($row['ends_at']);
            $blocks[] = [
                'day' => (int) $start->format('N'),
                'start' => (int) $start->format('G') * 60 + (int) $start->format('i'),
                'minutes' => intdiv($end->getTimestamp() - $start->getTimestamp(), 60),
                'title' => $row['title'],
            ];
        }

        return $blocks;
    }
}
