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

      table.filter_map { |row| count(row) }
    end

    private

    # Rows without SKU are sums that the scanner adds.
    def count(row)
      sku = row["sku"].to_s.strip
      return if sku.empty?

      Count.new(sku: sku, quantity: row["quantity"].to_i, shelf: row["shelf"].to_s[0, 4].upcase)
    end
  end
end
