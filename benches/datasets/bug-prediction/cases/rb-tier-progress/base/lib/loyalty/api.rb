require "json"
require "sinatra/base"
require_relative "card"

module Loyalty
  class Api < Sinatra::Base
    set :tiers, Tiers.load(File.expand_path("../../config/tiers.yml", __dir__))

    get "/members/:number/card" do
      member = Members.find(params[:number])
      halt 404 unless member

      content_type :json
      Card.new(member, settings.tiers).to_h.to_json
    end
  end
end
