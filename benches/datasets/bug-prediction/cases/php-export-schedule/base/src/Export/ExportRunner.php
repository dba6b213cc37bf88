<?php

declare(strict_types=1);

namespace App\Export;

/** Writes the users' data as a request asks for. */
final class ExportRunner
{
    public function __construct(private readonly UserTable $users)
    {
    }

    /** @param array<string, mixed> $request */
    public function run(array $request, string $target): int
    {
        $columns = $request['columns'];
        $out = fopen($target, 'w');
        fputcsv($out, $columns);
        $count = 0;
        foreach ($this->users->all() as $user) {
            fputcsv($out, array_map(static fn (string $column) => $user[$column] ?? '', $columns));
            $count++;
        }
        fclose($out);

        return $count;
    }
}
