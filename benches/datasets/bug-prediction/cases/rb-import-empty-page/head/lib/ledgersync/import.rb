# frozen_string_literal: true

require "logger"

module Ledgersync
  # Copies settled bookings that we do not have yet.
  class Import
    def initialize(client, store, log: Logger.new($stderr))
      @client = client
      @store = store
      @log = log
    end

    # Returns how many were new.
    def run(account)
      fresh = 0
      cursor = nil
      loop do
        page = @client.page(account, cursor)
        settled = page.bookings.select { |booking| booking["status"] == "booked" }
        next if settled.empty?

        new_here = settled.count { |booking| @store.add(booking) }
        @log.info("#{account}: #{new_here} of #{settled.size} bookings are new")
        fresh += new_here
        cursor = page.next_cursor
        break if cursor.nil?
      end
      fresh
    end
  end
end
