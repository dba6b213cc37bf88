require_relative "shelf"

module Warehouse
  # The goods of a hall, as its list names them.
  class Hall
    def self.load(path)
      goods = File.readlines(path).map(&:split).to_h { |code, name| [name, Shelf.parse(code)] }
      new(goods)
    end

    def initialize(goods)
      @goods = goods
    end

    def shelf_of(name)
      @goods.fetch(name)
    end
  end
end
