<?php

declare(strict_types=1);

namespace Club\Members;

/** Mails members who have not paid yet. */
final class FeeReminder
{
    /** The mail provider takes 100 messages a second. */
    private const PAUSE_EVERY = 100;

    public function __construct(private MemberRepository $members, private Mailer $mailer)
    {
    }

    public function run(int $year): int
    {
        $sent = 0;
        foreach ($this->members->withOpenFee($year) as $member) {
            $this->mailer->send($member['email'], "Your fee for $year", "Dear {$member['name']}, ...");
            $sent++;
            if ($sent % self::PAUSE_EVERY === 0) {
                sleep(1);
            }
        }

        return $sent;
    }
}
