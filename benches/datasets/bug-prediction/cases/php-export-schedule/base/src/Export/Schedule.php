<?php

declare(strict_types=1);

namespace App\Export;

/** Exports that run by the clock. */
final class Schedule
{
    public function __construct(private readonly ExportRunner $runner, private readonly string $file)
    {
    }

    public function tick(int $hour, string $folder): void
    {
        $entries = json_decode((string) file_get_contents($this->file), true, 16, JSON_THROW_ON_ERROR);
        foreach ($entries as $entry) {
            if ($entry['hour'] === $hour) {
                $this->runner->run($entry['request'], "$folder/{$entry['name']}.csv");
            }
        }
    }
}
