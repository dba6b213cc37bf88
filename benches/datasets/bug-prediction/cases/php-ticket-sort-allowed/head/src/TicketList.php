<?php

declare(strict_types=1);

namespace HelpDesk;

/** GET /tickets */
final class TicketList
{
    private const SORTS = ['id', '-id', 'priority', '-priority', 'created_at', '-created_at'];

    public function __construct(private TicketRepository $tickets)
    {
    }

    /** @param array<string, string> $query parameters of the request */
    public function handle(int $team, array $query): string
    {
        $limit = min(200, max(1, (int) ($query['limit'] ?? 50)));
        $sort = $query['sort'] ?? '';
        if (!in_array($sort, self::SORTS, true)) {
            $sort = '-created_at';
        }
        $tickets = $this->tickets->open($team, $sort, $query['priority'] ?? null, $limit);

        return json_encode($tickets, JSON_THROW_ON_ERROR);
    }
}
