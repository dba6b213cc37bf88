<?php

declare(strict_types=1);

namespace Club\Members;

interface Mailer
{
    public function send(string $to, string $subject, string $text): void;
}
