<?php

declare(strict_types=1);

namespace App\Letter;

final class Renderer
{
    /** @param array<string, string> $templates */
    public function __construct(private readonly array $templates)
    {
    }

    public function render(Letter $letter): string
    {
        $template = $this->templates[$letter->template] ?? null;
        if ($template === null) {
            throw new RenderException("no template {$letter->template}");
        }

        return strtr($template, [
            '{recipient}' => $letter->recipient,
            '{due}' => $letter->dueOn->format('d.m.Y'),
            '{amount}' => number_format($letter->cents / 100, 2, ',', '.'),
        ]);
    }
}
