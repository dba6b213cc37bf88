# frozen_string_literal: true

module Ledgersync
  # Bookings by their reference.
  class Store
    def initialize
      @bookings = {}
    end

    # True if the booking was not known before.
    def add(booking)
      reference = booking.fetch("reference")
      return false if @bookings.key?(reference)

      @bookings[reference] = booking
      true
    end
  end
end
