<?php

declare(strict_types=1);

// limit: most points of one purchase; without it, the default applies. 0: collects nothing.
return [
    'standard' => ['factor' => 1],
    'gold' => ['factor' => 2, 'limit' => 1000],
    'staff' => ['factor' => 1, 'limit' => 0],
];
