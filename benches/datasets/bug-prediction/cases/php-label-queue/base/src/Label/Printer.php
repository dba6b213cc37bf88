<?php

declare(strict_types=1);

namespace App\Label;

interface Printer
{
    public function send(string $zpl): void;
}
