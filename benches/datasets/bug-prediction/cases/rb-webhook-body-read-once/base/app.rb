# frozen_string_literal: true

require "json"
require "sinatra/base"
require_relative "lib/orders"

# Takes the events of the payment provider.
class HooksApp < Sinatra::Base
  set :orders, Orders.new

  post "/hooks/payments" do
    event = JSON.parse(request.body.read)
    case event["type"]
    when "payment.settled"
      settings.orders.settle(event.fetch("order"), event.fetch("amount"))
    when "payment.failed"
      settings.orders.fail(event.fetch("order"))
    end
    status 204
  end
end
