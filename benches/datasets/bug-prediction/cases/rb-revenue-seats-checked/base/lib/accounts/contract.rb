# frozen_string_literal: true

module Accounts
  # What an account pays and for how many seats. Trials have one seat.
  class Contract
    attr_reader :account, :plan, :monthly_cents, :seats

    def initialize(account:, plan:, monthly_cents:, seats: 1)
      raise ArgumentError, "no seats: #{account}" unless seats.positive?

      @account = account
      @plan = plan
      @monthly_cents = monthly_cents
      @seats = seats
    end

    def trial?
      plan == "trial"
    end
  end
end
