module Warehouse
  class BadCode < StandardError; end

  # Where goods lie: hall, rack and level, written "A-08-3". Racks have two digits.
  Shelf = Struct.new(:hall, :rack, :level) do
    def self.parse(code)
      hall, rack, level = code.strip.split("-")
      new(hall, Integer(rack, 10), Integer(level, 10))
    rescue ArgumentError, TypeError
      raise BadCode, "no shelf code: #{code.inspect}"
    end

    def to_s
      format("%s-%02d-%d", hall, rack, level)
    end
  end
end
