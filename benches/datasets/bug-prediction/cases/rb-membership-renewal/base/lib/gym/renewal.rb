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

    # Answers the memberships that were renewed.
    def run(today)
      horizon = today + DAYS_AHEAD
      due = @memberships.reject { |m| m.cancelled? || m.ends_on > horizon }
      due.select do |membership|
        charged = @payments.charge(membership.member, membership.cents)
        membership.renew! if charged
        charged
      end
    end
  end
end
