# frozen_string_literal: true

module Stock
  # Prints one label for each shelf that a delivery touches.
  class ShelfLabels
    def initialize(printer)
      @printer = printer
    end

    # Answers how many labels were printed.
    def print(delivery)
      seen = {}
      delivery.items.each do |item|
        next if seen[item.shelf]

        seen[item.shelf] = true
        @printer.puts("#{item.shelf}  #{delivery.number}")
      end
      seen.size
    end
  end
end
