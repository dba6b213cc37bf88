# frozen_string_literal: true

class OrdersController < ApplicationController
  def create
    order = PlaceOrder.new(current_customer, current_basket).call
    redirect_to order_path(order)
  rescue PlaceOrder::OutOfStock => e
    redirect_to basket_path, alert: "#{e.message} is sold out"
  rescue ActiveRecord::RecordInvalid => e
    redirect_to basket_path, alert: e.record.errors.full_messages.to_sentence
  end
end
