# frozen_string_literal: true

require "bigdecimal"

module Suppliers
  # An amount of money, rounded to cents only when it is shown.
  class Price
    include Comparable

    attr_reader :amount

    def self.parse(text)
      new(BigDecimal(text.strip))
    end

    def initialize(amount)
      @amount = amount
    end

    def *(other)
      Price.new(amount * other)
    end

    def +(other)
      Price.new(amount + other.amount)
    end

    def <=>(other)
      amount <=> other.amount
    end

    def to_s
      format("%.2f", amount.round(2))
    end
  end
end
