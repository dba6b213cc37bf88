# frozen_string_literal: true

module Fares
  # Computes fares from the network's tables; slow, it looks at all routes.
  class Engine
    CENTS_PER_KM = 14
    LEAST_CENTS = 240
    PERCENT = { none: 100, youth: 70, half: 50 }.freeze

    def initialize(network)
      @network = network
    end

    def cents(from, to, day, card)
      kilometres = @network.shortest(from, to)
      price = kilometres * CENTS_PER_KM
      price = price * 9 / 10 if day.saturday? || day.sunday?
      price = price * PERCENT.fetch(card) / 100
      [price, LEAST_CENTS].max
    end
  end
end
