<?php

return [
    'staff_only' => ['/staff', '/reports', '/api/salaries'],
];
