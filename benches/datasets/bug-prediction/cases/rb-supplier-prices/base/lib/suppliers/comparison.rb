# frozen_string_literal: true

require_relative "price_list"

module Suppliers
  # Finds the cheapest supplier for each article.
  class Comparison
    # @param lists [Hash{String => PriceList}] by name of the supplier
    def initialize(lists)
      @lists = lists
    end

    def cheapest
      best = {}
      @lists.each do |supplier, list|
        list.entries.each do |entry|
          known = best[entry.article]
          next if known && known[:price] <= entry.price

          best[entry.article] = { supplier: supplier, price: entry.price }
        end
      end
      best
    end

    # What the given quantities cost at the cheapest suppliers.
    def total(quantities)
      table = cheapest
      quantities.sum { |article, count| table.fetch(article)[:price] * count }.round(2)
    end
  end
end
