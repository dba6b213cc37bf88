# frozen_string_literal: true

require_relative "store"

module Numbers
  # Gives out document numbers such as "INV-000123", each once.
  class Issuer
    # So many numbers are reserved with one write; a restart leaves a gap.
    BLOCK = 50

    def initialize(store)
      @store = store
      @lock = Mutex.new
      @blocks = {}
    end

    def next(prefix)
      block = @lock.synchronize { @blocks[prefix] ||= [] }
      reserve(prefix, block) if block.empty?
      text(prefix, block.shift)
    end

    private

    def reserve(prefix, block)
      last = @store.last(prefix)
      @store.save(prefix, last + BLOCK)
      block.concat((last + 1..last + BLOCK).to_a)
    end

    def text(prefix, number)
      format("%s-%06d", prefix, number)
    end
  end
end
