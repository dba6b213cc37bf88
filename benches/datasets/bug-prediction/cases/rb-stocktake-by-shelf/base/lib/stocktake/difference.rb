# frozen_string_literal: true

module Stocktake
  # Compares counts with the books.
  class Difference
    def initialize(books)
      @books = books
    end

    # SKU => counted minus booked, where they differ.
    def of(counts)
      counted = Hash.new(0)
      counts.each { |count| counted[count.sku] += count.quantity }
      counted.each_with_object({}) do |(sku, quantity), result|
        gap = quantity - @books.fetch(sku, 0)
        result[sku] = gap unless gap.zero?
      end
    end
  end
end
