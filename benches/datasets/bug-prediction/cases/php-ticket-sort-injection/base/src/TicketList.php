<?php

declare(strict_types=1);

namespace HelpDesk;

/** GET /tickets */
final class TicketList
{
    public function __construct(private TicketRepository $tickets)
    {
    }

    /** @param array<string, string> $query parameters of the request */
    public function handle(int $team, array $query): string
    {
        $limit = min(200, max(1, (int) ($query['limit'] ?? 50)));

        return json_encode($this->tickets->open($team, $limit), JSON_THROW_ON_ERROR);
    }
}
