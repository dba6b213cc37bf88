<?php

declare(strict_types=1);

namespace App\Label;

/** Sends all waiting labels to the printer of the hall; started every hour. */
final class PrintJob
{
    public function __construct(
        private readonly LabelRepository $labels,
        private readonly Printer $printer,
    ) {
    }

    public function run(): void
    {
        $done = [];
        foreach ($this->labels->waiting() as $label) {
            $this->printer->send($label['zpl']);
            $done[] = $label['id'];
        }
        $this->labels->markPrinted($done);
    }
}
