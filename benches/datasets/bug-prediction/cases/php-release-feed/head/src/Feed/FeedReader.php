<?php

declare(strict_types=1);

namespace Records\Feed;

/** Reads the labels' feeds: EAN, title, day of release and perhaps the format, split by tabs. */
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

        return new Release($ean, trim($title), $this->day($day), $cells[3] ?? null);
    }

    /** Some labels write 5 June 2026, others 2026-06-05; both are read in the shop's zone. */
    private function day(string $text): ?\DateTimeImmutable
    {
        if ($text === '') {
            return null;
        }

        return (new \DateTimeImmutable($text, new \DateTimeZone('Europe/Vienna')))->setTime(0, 0);
    }
}
