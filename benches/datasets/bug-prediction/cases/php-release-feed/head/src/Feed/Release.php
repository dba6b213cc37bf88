<?php

declare(strict_types=1);

namespace Records\Feed;

/** A release as labels announce it. */
final class Release
{
    public function __construct(
        public readonly string $ean,
        public readonly string $title,
        public readonly ?\DateTimeImmutable $releasedOn,
        public readonly ?string $format = null,
    ) {
    }
}
