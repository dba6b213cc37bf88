<?php

declare(strict_types=1);

namespace Shop;

/** Which VAT rate a customer pays. */
final class TaxRules
{
    private const HOME = 'AT';

    private const RATES = ['AT' => 20, 'DE' => 19, 'FR' => 20, 'IT' => 22];

    public function rateFor(Customer $customer): int
    {
        if ($this->reverseCharge($customer)) {
            return 0;
        }

        return self::RATES[$this->countryOf($customer)] ?? 0;
    }

    /** Business customers abroad owe the tax themselves; the invoice has to say so. */
    public function reverseCharge(Customer $customer): bool
    {
        return $customer->vatId !== null && $this->countryOf($customer) !== self::HOME;
    }

    private function countryOf(Customer $customer): string
    {
        return strtoupper($customer->country);
    }
}
