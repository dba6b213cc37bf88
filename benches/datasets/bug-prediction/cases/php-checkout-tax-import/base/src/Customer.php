<?php

declare(strict_types=1);

namespace Shop;

/** A customer as the account form or an old import left it. */
final class Customer
{
    public function __construct(
        public readonly int $id,
        public readonly string $email,
        public readonly ?string $country = null,
        public readonly ?string $vatId = null,
    ) {
    }
}
