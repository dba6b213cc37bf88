<?php

declare(strict_types=1);

// limit: most points of one purchase; without it, the default applies. At least 1.
return [
    'standard' => ['factor' => 1],
    'gold' => ['factor' => 2, 'limit' => 1000],
    'staff' => ['factor' => 1, 'limit' => 50],
];
