<?php

declare(strict_types=1);

namespace App\Http;

use App\Export\ExportRunner;

final class ExportAction
{
    private const ALLOWED = ['name', 'email', 'joined_on', 'group'];

    public function __construct(private readonly ExportRunner $runner)
    {
    }

    /** @param array<string, mixed> $post */
    public function __invoke(array $post): string
    {
        $wanted = array_intersect((array) ($post['columns'] ?? []), self::ALLOWED);
        $target = (string) tempnam(sys_get_temp_dir(), 'export');
        $this->runner->run(['format' => 'csv', 'columns' => array_values($wanted)], $target);

        return $target;
    }
}
