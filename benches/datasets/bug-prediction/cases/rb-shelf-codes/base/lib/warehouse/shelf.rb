module Warehouse
  # Where goods lie: hall, rack and level, written "A-08-3". Racks have two digits.
  Shelf = Struct.new(:hall, :rack, :level) do
    def self.parse(code)
      hall, rack, level = code.strip.split("-")
      new(hall, rack.to_i, level.to_i)
    end

    def to_s
      format("%s-%02d-%d", hall, rack, level)
    end
  end
end
