<?php

declare(strict_types=1);

namespace Shop\Wholesale;

/** Copies the wholesaler's catalogue into the shop, once a night. */
final class Sync
{
    public function __construct(private Api $api, private ProductTable $table)
    {
    }

    /** Answers how many products were saved. */
    public function run(): int
    {
        $saved = 0;
        $cursor = null;
        do {
            $page = $this->api->products($cursor);
            if ($page['items'] !== []) {
                $this->table->save($page['items']);
                $saved += count($page['items']);
            }
            $cursor = $page['next'];
        } while ($cursor !== null);

        return $saved;
    }
}
