<?php

declare(strict_types=1);

require __DIR__ . '/../vendor/autoload.php';

session_start();
if (!isset($_SESSION['team'])) {
    http_response_code(401);
    exit;
}
$db = new PDO(getenv('DATABASE_DSN'), options: [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
header('Content-Type: application/json');
echo (new HelpDesk\TicketList(new HelpDesk\TicketRepository($db)))->handle((int) $_SESSION['team'], array_filter($_GET, 'is_string'));
