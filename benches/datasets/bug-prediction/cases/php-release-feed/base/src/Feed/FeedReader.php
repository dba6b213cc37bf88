<?php

declare(strict_types=1);

namespace Records\Feed;

/** Reads the labels' feeds: EAN, title and day of release, split by tabs. */
final class FeedReader
{
    /** @return iterable<Release> */
    public function read(string $path): iterable
    {
        $handle = fopen($path, 'rb');
        if ($handle === false) {
            throw new \RuntimeException("cannot open $path");
        }
        try {
            while (($line = fgets($handle)) !== false) {
                $cells = explode("\t", rtrim($line, "\r\n"));
                if (count($cells) >= 3) {
                    yield $this->release($cells);
                }
            }
        } finally {
            fclose($handle);
        }
    }

    /** @param list<string> $cells */
    public function release(array $cells): Release
    {
        [$ean, $title, $day] = $cells;
        $releasedOn = \DateTimeImmutable::createFromFormat('!Y-m-d', $day);

        return new Release($ean, trim($title), $releasedOn === false ? null : $releasedOn);
    }
}
