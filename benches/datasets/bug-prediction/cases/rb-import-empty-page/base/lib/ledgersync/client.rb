# frozen_string_literal: true

require "json"
require "net/http"
require "uri"

module Ledgersync
  # Reads bookings from the bank's interface, page by page.
  class Client
    Page = Struct.new(:bookings, :next_cursor, keyword_init: true)

    def initialize(base, token)
      @base = base
      @token = token
    end

    # Pages may be empty in the middle: the bank filters them after cutting them.
    def page(account, cursor)
      uri = URI("#{@base}/accounts/#{account}/bookings")
      uri.query = URI.encode_www_form({ cursor: cursor }.compact)
      answer = Net::HTTP.get_response(uri, "Authorization" => "Bearer #{@token}")
      answer.value
      body = JSON.parse(answer.body)
      Page.new(bookings: body.fetch("bookings"), next_cursor: body["next"])
    end
  end
end
