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

    # SKU => the shelf with the smallest count of it, for those that differ.
    def recount(counts)
      differing = of(counts)
      counts.select { |count| differing.key?(count.sku) }
            .group_by(&:sku)
            .transform_values { |same| same.sort_by(&:quantity).first.shelf }
    end
  end
end
