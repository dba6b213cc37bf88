# frozen_string_literal: true

require_relative "contract"

module Accounts
  # Revenue by account, for the weekly mail to sales.
  class RevenueReport
    HEADERS = %w[account plan monthly per_seat share].freeze

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
      [contract.account, contract.plan, contract.monthly_cents, contract.seat_cents,
       share(contract)]
    end

    # Percent of all revenue, with one digit.
    def share(contract)
      return 0.0 if total_cents.zero?

      (contract.monthly_cents * 100.0 / total_cents).round(1)
    end

    def total_cents
      @total_cents ||= @contracts.sum(&:monthly_cents)
    end
  end
end
