# frozen_string_literal: true

require_relative "contract"

module Accounts
  # Revenue by account, for the weekly mail to sales.
  class RevenueReport
    HEADERS = %w[account plan monthly per_seat].freeze

    def initialize(contracts)
      @contracts = contracts
    end

    def rows
      @contracts.sort_by { |contract| [-contract.monthly_cents, contract.account] }
                .map { |contract| row(contract) }
    end

    def to_csv
      [HEADERS, *rows].map { |cells| cells.join(";") }.join("\n")
    end

    private

    def row(contract)
      [contract.account, contract.plan, contract.monthly_cents, per_seat(contract)]
    end

    def per_seat(contract)
      return 0 if contract.seats.zero?

      contract.monthly_cents / contract.seats
    end
  end
end
