# frozen_string_literal: true

require "json"

module Numbers
  # The last number given out for each prefix, in a file that outlives restarts.
  class Store
    def initialize(path)
      @path = path
    end

    def last(prefix)
      read.fetch(prefix, 0)
    end

    def save(prefix, number)
      File.write(@path, JSON.generate(read.merge(prefix => number)))
    end

    private

    def read
      File.exist?(@path) ? JSON.parse(File.read(@path)) : {}
    end
  end
end
