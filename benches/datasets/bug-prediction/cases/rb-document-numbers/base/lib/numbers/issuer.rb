# frozen_string_literal: true

require_relative "store"

module Numbers
  # Gives out document numbers such as "INV-000123", each once.
  class Issuer
    def initialize(store)
      @store = store
      @lock = Mutex.new
    end

    def next(prefix)
      @lock.synchronize do
        number = @store.last(prefix) + 1
        @store.save(prefix, number)
        text(prefix, number)
      end
    end

    private

    def text(prefix, number)
      format("%s-%06d", prefix, number)
    end
  end
end
