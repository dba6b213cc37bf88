<?php

declare(strict_types=1);

namespace Records\Feed;

final class Import
{
    public function __construct(private FeedReader $reader, private Catalogue $catalogue)
    {
    }

    /** Takes over all releases of a feed; answers how many. */
    public function run(string $path): int
    {
        $count = 0;
        foreach ($this->reader->read($path) as $release) {
            $this->catalogue->save($release);
            $count++;
        }

        return $count;
    }
}
