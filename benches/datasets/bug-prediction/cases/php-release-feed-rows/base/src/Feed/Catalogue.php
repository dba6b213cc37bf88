<?php

declare(strict_types=1);

namespace Records\Feed;

final class Catalogue
{
    public function __construct(private \PDO $pdo)
    {
    }

    public function save(Release $release): void
    {
        $this->pdo
            ->prepare('REPLACE INTO releases (ean, title, released_on) VALUES (?, ?, ?)')
            ->execute([$release->ean, $release->title, $release->releasedOn?->format('Y-m-d')]);
    }
}
