# frozen_string_literal: true

require_relative "membership"

module Gym
  # Charges and renews memberships shortly before they end.
  class Renewal
    DAYS_AHEAD = 14

    def initialize(memberships, payments)
      @memberships = memberships
      @payments = payments
    end

    # Memberships that are charged when run is called on that day.
    def due(today)
      horizon = today + DAYS_AHEAD
      @memberships.select { |m| !m.cancelled? || m.ends_on <= horizon }
    end

    # Answers the memberships that were renewed.
    def run(today)
      due(today).select do |membership|
        charged = @payments.charge(membership.member, membership.cents)
        membership.renew! if charged
        charged
      end
    end
  end
end
