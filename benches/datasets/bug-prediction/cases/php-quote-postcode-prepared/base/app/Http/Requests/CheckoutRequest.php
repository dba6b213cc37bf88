<?php

namespace App\Http\Requests;

use Illuminate\Foundation\Http\FormRequest;

class CheckoutRequest extends FormRequest
{
    public function rules(): array
    {
        return [
            'items' => ['required', 'array', 'min:1'],
            'items.*.grams' => ['required', 'integer', 'min:1'],
            'address' => ['required', 'array'],
            'address.country' => ['required', 'string', 'size:2'],
            // Ireland and Hong Kong have customers without one.
            'address.postcode' => ['present', 'string', 'max:10'],
        ];
    }

    /** Clients leave the postcode out where there is none. */
    protected function prepareForValidation(): void
    {
        $address = $this->input('address');
        if (is_array($address)) {
            $this->merge(['address' => $address + ['postcode' => '']]);
        }
    }
}
