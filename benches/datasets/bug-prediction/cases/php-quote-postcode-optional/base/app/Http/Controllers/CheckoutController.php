<?php

namespace App\Http\Controllers;

use App\Http\Requests\CheckoutRequest;
use App\Services\ShippingQuote;
use Illuminate\Http\JsonResponse;

class CheckoutController extends Controller
{
    public function __construct(private ShippingQuote $quotes)
    {
    }

    /** What shipping would cost, for the page before payment. */
    public function quote(CheckoutRequest $request): JsonResponse
    {
        $cents = $this->quotes->cents($request->validated());

        return response()->json(['shipping_cents' => $cents]);
    }
}
