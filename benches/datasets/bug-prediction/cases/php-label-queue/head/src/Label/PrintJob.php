<?php

declare(strict_types=1);

namespace App\Label;

/** Sends all waiting labels to the printer of the hall; started every hour. */
final class PrintJob
{
    private const PAGE = 200;

    public function __construct(
        private readonly LabelRepository $labels,
        private readonly Printer $printer,
    ) {
    }

    public function run(): int
    {
        $offset = 0;
        $printed = 0;
        while ($page = $this->labels->waiting(self::PAGE, $offset)) {
            foreach ($page as $label) {
                $this->printer->send($label['zpl']);
            }
            $this->labels->markPrinted(array_column($page, 'id'));
            $printed += count($page);
            $offset += self::PAGE;
        }

        return $printed;
    }
}
