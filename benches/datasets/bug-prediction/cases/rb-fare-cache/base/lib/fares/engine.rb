# frozen_string_literal: true

module Fares
  # Computes fares from the network's tables; slow, it looks at all routes.
  class Engine
    CENTS_PER_KM = 14
    LEAST_CENTS = 240

    def initialize(network)
      @network = network
    end

    def cents(from, to, day)
      kilometres = @network.shortest(from, to)
      price = kilometres * CENTS_PER_KM
      price = price * 9 / 10 if day.saturday? || day.sunday?
      [price, LEAST_CENTS].max
    end
  end
end
