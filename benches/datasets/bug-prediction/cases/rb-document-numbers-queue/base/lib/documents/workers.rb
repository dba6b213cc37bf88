# frozen_string_literal: true

require_relative "../numbers/issuer"

module Documents
  # Renders queued documents with several threads.
  class Workers
    def initialize(queue, issuer, renderer, threads: 4)
      @queue = queue
      @issuer = issuer
      @renderer = renderer
      @threads = threads
      @numbering = Mutex.new
    end

    # Works until the queue is closed and empty.
    def run
      Array.new(@threads) { Thread.new { work } }.each(&:join)
    end

    private

    def work
      while (job = @queue.pop)
        number = @numbering.synchronize { @issuer.next(job.prefix) }
        @renderer.render(job, number)
      end
    end
  end
end
