CREATE TABLE sites (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    host VARCHAR(255) NOT NULL UNIQUE
) ENGINE=InnoDB;

CREATE TABLE visits (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    site INT UNSIGNED NOT NULL,
    path VARCHAR(500) NOT NULL,
    seen_at DATETIME NOT NULL,
    KEY visits_site_seen (site, seen_at)
) ENGINE=InnoDB;
-- 400 million rows, of which the largest site has a third
