# frozen_string_literal: true

require "csv"

module Stocktake
  # Reads counted quantities from the scanners' files.
  class CsvImport
    REQUIRED = %w[sku quantity].freeze

    Count = Struct.new(:sku, :quantity, :shelf, keyword_init: true)

    class BadFile < StandardError; end

    def read(path)
      table = CSV.read(path, headers: true, encoding: "bom|utf-8")
      missing = REQUIRED - table.headers.compact
      raise BadFile, "no column #{missing.join(', ')}" if missing.any?

      counts = []
      table.each do |row|
        next if row["sku"].nil? || row["sku"].strip.empty?

        counts << Count.new(sku: row["sku"].strip, quantity: row["quantity"].to_i, shelf: row["shelf"])
      end
      counts
    end
  end
end
