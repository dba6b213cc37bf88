<?php

declare(strict_types=1);

namespace Shop\Wholesale;

/** Copies the wholesaler's catalogue into the shop, once a night. */
final class Sync
{
    /** @param string $country two letters, such as AT */
    public function __construct(private Api $api, private ProductTable $table, private string $country)
    {
    }

    /** Answers how many products were saved. */
    public function run(): int
    {
        $saved = 0;
        $cursor = null;
        while (true) {
            $page = $this->api->products($cursor);
            $products = $this->ours($page['items']);
            if ($products === []) {
                continue;
            }
            $this->table->save($products);
            $saved += count($products);
            $cursor = $page['next'];
            if ($cursor === null) {
                break;
            }
        }

        return $saved;
    }

    private function ours(array $items): array
    {
        $sold = fn (array $item): bool => in_array($this->country, $item['countries'], true);

        return array_values(array_filter($items, $sold));
    }
}
