# frozen_string_literal: true

require "json"
require "sinatra/base"
require_relative "lib/orders"
require_relative "lib/signature"

# Takes the events of the payment provider.
class HooksApp < Sinatra::Base
  set :orders, Orders.new
  set :signature, Signature.new(ENV.fetch("PAY_SECRET"))

  before "/hooks/*" do
    @payload = request.body.read
    halt 401, "bad signature" unless settings.signature.valid?(request, @payload)
  end

  post "/hooks/payments" do
    event = JSON.parse(@payload)
    case event["type"]
    when "payment.settled"
      settings.orders.settle(event.fetch("order"), event.fetch("amount"))
    when "payment.failed"
      settings.orders.fail(event.fetch("order"))
    end
    status 204
  end
end
