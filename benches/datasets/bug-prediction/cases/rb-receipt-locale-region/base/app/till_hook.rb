# frozen_string_literal: true

require "json"
require "sinatra/base"
require_relative "jobs/receipt_job"

# Tills report sales here.
class TillHook < Sinatra::Base
  REQUIRED = %w[till email cents].freeze

  post "/sales" do
    sale = JSON.parse(request.body.read)
    halt 422 unless sale.is_a?(Hash) && REQUIRED.all? { |name| sale.key?(name) }
    halt 422 unless sale["cents"].is_a?(Integer)

    ReceiptJob.perform_async(sale)
    status 202
  rescue JSON::ParserError
    halt 400
  end
end
