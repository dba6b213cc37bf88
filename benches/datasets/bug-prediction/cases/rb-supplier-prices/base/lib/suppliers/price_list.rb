# frozen_string_literal: true

require "csv"

module Suppliers
  # A price list as suppliers mail it: article and price, split by semicolons.
  #
  #   4711;12,90
  #   4712;1.299,00
  class PriceList
    Entry = Struct.new(:article, :price)

    def initialize(text)
      @text = text
    end

    def entries
      CSV.parse(@text, col_sep: ";", skip_blanks: true).map do |article, price|
        Entry.new(article.strip, amount(price))
      end
    end

    private

    # "1.299,00" => 1299.0
    def amount(text)
      Float(text.strip.delete(".").tr(",", "."))
    end
  end
end
