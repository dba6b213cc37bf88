# frozen_string_literal: true

module Stock
  # Prints one label for each shelf that a delivery touches.
  class ShelfLabels
    def initialize(printer)
      @printer = printer
    end

    # Answers how many labels were printed. They come in the order of the aisles.
    def print(delivery)
      shelves = delivery.items.map(&:shelf)
      shelves = shelves.uniq!.sort_by { |shelf| aisle(shelf) }
      shelves.each { |shelf| @printer.puts("#{shelf}  #{delivery.number}") }
      shelves.size
    end

    private

    # "B12" stands in aisle B, place 12.
    def aisle(shelf)
      [shelf[/\A[A-Z]+/].to_s, shelf[/\d+/].to_i]
    end
  end
end
