require_relative "hall"

module Warehouse
  # The way through a hall: racks in ascending order, odd ones first on the way back.
  class Route
    def initialize(hall)
      @hall = hall
    end

    def stops(names)
      shelves = names.map { |name| @hall.shelf_of(name) }
      there, back = shelves.partition { |shelf| shelf.rack.even? }
      there.sort_by(&:rack) + back.sort_by { |shelf| -shelf.rack }
    end
  end
end

if $PROGRAM_NAME == __FILE__
  begin
    hall = Warehouse::Hall.load(ARGV.shift)
    puts Warehouse::Route.new(hall).stops(ARGV)
  rescue Warehouse::BadCode => e
    abort e.message
  end
end
