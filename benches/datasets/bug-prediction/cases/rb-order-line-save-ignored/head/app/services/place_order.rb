# frozen_string_literal: true

# Turns a basket into an order: takes the goods from stock and writes the lines.
class PlaceOrder
  class OutOfStock < StandardError; end

  # For each piece.
  WRAPPING_CENTS = 250

  def initialize(customer, basket)
    @customer = customer
    @basket = basket
  end

  # The order, all or nothing.
  def call
    Order.transaction do
      order = Order.create!(customer: @customer, placed_at: Time.current)
      @basket.items.each { |item| add(order, item) }
      @basket.clear
      order
    end
  end

  private

  def add(order, item)
    stock = Stock.lock.find_by!(sku: item.sku)
    raise OutOfStock, item.sku if stock.count < item.count

    stock.update!(count: stock.count - item.count)
    line = order.lines.build(sku: item.sku, count: item.count, cents: item.cents, note: item.note)
    wrap(line, item.wrapping) if item.wrapping.present?
    line.save
  end

  def wrap(line, colour)
    line.wrapping = colour
    line.cents += WRAPPING_CENTS
  end
end
