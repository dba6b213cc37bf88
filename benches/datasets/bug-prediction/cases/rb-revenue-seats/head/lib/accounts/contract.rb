# frozen_string_literal: true

module Accounts
  # What an account pays and for how many seats. Trials start without seats.
  class Contract
    attr_reader :account, :plan, :monthly_cents, :seats

    def initialize(account:, plan:, monthly_cents:, seats: 0)
      @account = account
      @plan = plan
      @monthly_cents = monthly_cents
      @seats = seats
    end

    def seat_cents
      monthly_cents / seats
    end

    def trial?
      plan == "trial"
    end
  end
end
