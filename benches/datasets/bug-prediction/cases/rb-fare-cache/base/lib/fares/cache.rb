# frozen_string_literal: true

module Fares
  # Keeps values for some minutes.
  class Cache
    Entry = Struct.new(:value, :until)

    def initialize(seconds: 600, clock: -> { Process.clock_gettime(Process::CLOCK_MONOTONIC) })
      @seconds = seconds
      @clock = clock
      @entries = {}
    end

    def fetch(key)
      entry = @entries[key]
      return entry.value if entry && entry.until > @clock.call

      value = yield
      @entries[key] = Entry.new(value, @clock.call + @seconds)
      value
    end
  end
end
