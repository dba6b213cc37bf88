# frozen_string_literal: true

module Courier
  # How often and how patiently something is tried again.
  class RetryPolicy
    LONGEST = 300

    def initialize(attempts:, pause:)
      @attempts = attempts
      @pause = pause
    end

    def again?(tries)
      tries < @attempts
    end

    # Seconds, doubled with each try.
    def pause_after(tries)
      [@pause * (2**(tries - 1)), LONGEST].min
    end
  end
end
