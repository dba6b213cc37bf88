<?php

declare(strict_types=1);

namespace Records\Feed;

/** Reads the labels' feeds: EAN, title and day of release, split by tabs. */
final class FeedReader
{
    public function __construct(private \Psr\Log\LoggerInterface $logger)
    {
    }

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
                if (count($cells) < 3) {
                    continue;
                }
                try {
                    $release = $this->release($cells);
                } catch (\Exception $error) {
                    $this->logger->warning('row without day', ['row' => $cells, 'error' => $error->getMessage()]);
                    $release = new Release($cells[0], trim($cells[1]), null);
                }
                yield $release;
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
