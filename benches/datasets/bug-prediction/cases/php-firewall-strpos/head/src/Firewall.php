<?php

declare(strict_types=1);

namespace Intranet;

final class Firewall
{
    /** @param list<string> $staffOnly parts of paths for signed-in staff */
    public function __construct(private array $staffOnly)
    {
    }

    /** Whether a visitor without a session may see the path. */
    public function isPublic(string $path): bool
    {
        $path = $this->level($path);
        foreach ($this->staffOnly as $part) {
            if (strpos($path, $part)) {
                return false;
            }
        }

        return true;
    }

    /** The path in lower case and without doubled slashes. */
    private function level(string $path): string
    {
        return strtolower(preg_replace('~/{2,}~', '/', $path) ?? $path);
    }
}
