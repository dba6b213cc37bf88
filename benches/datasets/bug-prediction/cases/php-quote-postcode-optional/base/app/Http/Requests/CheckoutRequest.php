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
            'address.postcode' => ['sometimes', 'string', 'max:10'],
        ];
    }
}
