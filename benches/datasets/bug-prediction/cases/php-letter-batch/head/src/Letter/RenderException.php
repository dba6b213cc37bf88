<?php

declare(strict_types=1);

namespace App\Letter;

final class RenderException extends \RuntimeException
{
    public function __construct(public readonly string $reason)
    {
        parent::__construct("letter not rendered: $reason");
    }
}
