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
        $fields = $request['fields'];
        $out = fopen($target, 'w');
        fputcsv($out, $fields);
        $count = 0;
        foreach ($this->users->all() as $user) {
            fputcsv($out, array_map(static fn (string $field) => $user[$field] ?? '', $fields));
            $count++;
        }
        fclose($out);

        return $count;
    }
}
