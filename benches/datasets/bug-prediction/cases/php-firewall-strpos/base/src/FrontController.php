<?php

declare(strict_types=1);

namespace Intranet;

final class FrontController
{
    /** @param array<string, callable(): string> $pages */
    public function __construct(private Firewall $firewall, private array $pages)
    {
    }

    /** @return array{int, string} status and body */
    public function handle(string $path, bool $signedIn): array
    {
        if (!$signedIn && !$this->firewall->isPublic($path)) {
            return [403, 'Please sign in'];
        }
        $page = $this->pages[$path] ?? null;

        return $page === null ? [404, 'No such page'] : [200, $page()];
    }
}
