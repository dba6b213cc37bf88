<?php

declare(strict_types=1);

namespace App\Rooms;

/** The bookings of a room in a week, as blocks for the calendar. */
final class WeekView
{
    private const STYLES = ['confirmed' => 'solid', 'hold' => 'light'];

    public function __construct(private readonly BookingRepository $bookings)
    {
    }

    /** @return list<array{day: int, start: int, minutes: int, title: string, style: string}> */
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
                'style' => self::STYLES[$row['status']],
            ];
        }

        return $blocks;
    }

    /** @return array<string, string> what the styles mean, for the foot of the page */
    public function legend(): array
    {
        return [self::STYLES['confirmed'] => 'booked', self::STYLES['hold'] => 'on hold'];
    }
}
