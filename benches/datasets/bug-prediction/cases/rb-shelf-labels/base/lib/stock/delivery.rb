# frozen_string_literal: true

module Stock
  Item = Struct.new(:sku, :quantity, :shelf, keyword_init: true)

  # A delivery note as the scanner sends it.
  class Delivery
    attr_reader :number, :items

    def initialize(number, items)
      @number = number
      @items = items
    end

    # @param text lines such as "SKU-1 x 3 @ A4"
    def self.parse(number, text)
      items = text.each_line.filter_map do |line|
        match = line.match(/\A(\S+) x (\d+) @ (\S+)/)
        next unless match

        Item.new(sku: match[1], quantity: match[2].to_i, shelf: match[3])
      end
      new(number, items)
    end
  end
end
