# frozen_string_literal: true

module Ledgersync
  # Copies bookings that we do not have yet.
  class Import
    def initialize(client, store)
      @client = client
      @store = store
    end

    # Returns how many were new.
    def run(account)
      fresh = 0
      cursor = nil
      loop do
        page = @client.page(account, cursor)
        page.bookings.each { |booking| fresh += 1 if @store.add(booking) }
        cursor = page.next_cursor
        break if cursor.nil?
      end
      fresh
    end
  end
end
