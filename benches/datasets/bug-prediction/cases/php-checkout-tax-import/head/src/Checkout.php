<?php

declare(strict_types=1);

namespace Shop;

final class Checkout
{
    public function __construct(private CustomerRepository $customers, private TaxRules $taxes)
    {
    }

    /** @return array{net: int, tax: int, gross: int, reverse_charge: bool} cents */
    public function totals(int $customerId, int $netCents): array
    {
        $customer = $this->customers->find($customerId);
        if ($customer === null) {
            throw new \DomainException("no customer $customerId");
        }
        $tax = intdiv($netCents * $this->taxes->rateFor($customer) + 50, 100);

        return [
            'net' => $netCents,
            'tax' => $tax,
            'gross' => $netCents + $tax,
            'reverse_charge' => $this->taxes->reverseCharge($customer),
        ];
    }
}
