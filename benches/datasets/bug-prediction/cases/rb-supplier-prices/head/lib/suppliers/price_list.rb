# frozen_string_literal: true

require "csv"
require_relative "price"

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
        Entry.new(article.strip, Price.parse(price))
      end
    end
  end
end
