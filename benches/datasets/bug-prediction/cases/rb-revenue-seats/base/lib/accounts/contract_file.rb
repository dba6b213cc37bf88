# frozen_string_literal: true

require "csv"
require_relative "contract"

module Accounts
  # Reads the nightly dump of contracts.
  class ContractFile
    def initialize(path)
      @path = path
    end

    def contracts
      CSV.foreach(@path, headers: true).map do |row|
        Contract.new(
          account: row["account"],
          plan: row["plan"],
          monthly_cents: Integer(row["monthly_cents"]),
          seats: Integer(row["seats"])
        )
      end
    end
  end
end
