# frozen_string_literal: true

require_relative "cache"
require_relative "engine"

module Fares
  # What the ticket machines and the web shop ask; one desk serves them all.
  class Desk
    def initialize(engine, cache: Cache.new)
      @engine = engine
      @cache = cache
    end

    def fare(from, to, day)
      @cache.fetch([from, to, day]) { @engine.cents(from, to, day) }
    end

    # The price of a trip for several travellers.
    def trip(from, to, day, travellers)
      travellers.sum { fare(from, to, day) }
    end
  end
end
