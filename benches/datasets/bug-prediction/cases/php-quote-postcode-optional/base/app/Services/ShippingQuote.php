<?php

namespace App\Services;

class ShippingQuote
{
    private const BASE = ['DE' => 490, 'AT' => 690, 'IE' => 1290];
    private const ABROAD = 1990;

    /** Cents for a validated basket. */
    public function cents(array $basket): int
    {
        $grams = array_sum(array_column($basket['items'], 'grams'));
        $cents = self::BASE[$basket['address']['country']] ?? self::ABROAD;
        $postcode = $basket['address']['postcode'] ?? '';
        if ($this->isIsland($basket['address']['country'], $postcode)) {
            $cents += 900;
        }

        return $cents + intdiv($grams, 5000) * 250;
    }

    private function isIsland(string $country, string $postcode): bool
    {
        return $country === 'DE' && in_array($postcode, ['26465', '27498', '25946'], true);
    }
}
