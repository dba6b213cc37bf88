<?php

declare(strict_types=1);

namespace Shop\Wholesale;

/** The wholesaler's catalogue, page by page. */
interface Api
{
    /**
     * @param string|null $cursor null for the first page
     * @return array{items: list<array{sku: string, name: string, cents: int, countries: list<string>}>, next: string|null}
     */
    public function products(?string $cursor): array;
}
