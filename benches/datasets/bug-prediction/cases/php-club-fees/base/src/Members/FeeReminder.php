<?php

declare(strict_types=1);

namespace Club\Members;

/** Mails members who have not paid yet. */
final class FeeReminder
{
    public function __construct(private MemberRepository $members, private Mailer $mailer)
    {
    }

    public function run(int $year): int
    {
        $sent = 0;
        foreach ($this->members->withOpenFee($year) as $member) {
            $this->mailer->send($member['email'], "Your fee for $year", "Dear {$member['name']}, ...");
            $sent++;
        }

        return $sent;
    }
}
