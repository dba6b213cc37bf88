<?php

declare(strict_types=1);

namespace App\Letter;

final class RenderException extends \RuntimeException
{
}
