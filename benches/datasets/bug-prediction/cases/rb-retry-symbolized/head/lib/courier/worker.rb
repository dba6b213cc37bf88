# frozen_string_literal: true

require_relative "retry_policy"
require_relative "settings"

module Courier
  # Sends queued messages; gives each a few tries.
  class Worker
    def initialize(queue, transport, settings = Settings.load)
      @queue = queue
      @transport = transport
      @policy = RetryPolicy.new(**settings.fetch(:retry))
      @batch = settings.fetch(:batch)
    end

    def run_once
      @queue.shift(@batch).each { |message| deliver(message) }
    end

    private

    def deliver(message)
      tries = 0
      begin
        tries += 1
        @transport.call(message)
      rescue IOError, SystemCallError
        raise unless @policy.again?(tries)

        sleep(@policy.pause_after(tries))
        retry
      end
    end
  end
end
