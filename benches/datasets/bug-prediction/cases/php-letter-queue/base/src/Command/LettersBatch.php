<?php

declare(strict_types=1);

namespace App\Command;

use App\Letter\Batch;
use App\Letter\LetterStore;
use Symfony\Component\Console\Command\Command;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Output\OutputInterface;

final class LettersBatch extends Command
{
    public function __construct(private readonly Batch $batch, private readonly LetterStore $letters)
    {
        parent::__construct('letters:batch');
    }

    protected function execute(InputInterface $input, OutputInterface $output): int
    {
        $broken = 0;
        foreach ($this->letters->waiting() as $letter) {
            try {
                $this->batch->run([$letter]);
            } catch (\Throwable $e) {
                $broken++;
                $this->letters->markBroken($letter->id, $e->getMessage());
            }
        }
        $output->writeln("$broken letters need a look");

        return $broken === 0 ? self::SUCCESS : self::FAILURE;
    }
}
