<?php

declare(strict_types=1);

namespace Intranet;

final class Firewall
{
    /** @param list<string> $staffOnly beginnings of paths for signed-in staff */
    public function __construct(private array $staffOnly)
    {
    }

    /** Whether a visitor without a session may see the path. */
    public function isPublic(string $path): bool
    {
        foreach ($this->staffOnly as $prefix) {
            if (substr($path, 0, strlen($prefix)) === $prefix) {
                return false;
            }
        }

        return true;
    }
}
