require "set"
require_relative "reader"
require_relative "normalizer"

module Import
  Result = Struct.new(:accepted, :rejected)

  # One upload: reads, sorts out what cannot be used, stores the rest.
  class Run
    def initialize(text, members)
      @text = text
      @members = members
    end

    def call
      rows = Reader.new(@text).rows.map { |row| Normalizer.call(row) }
      seen = Set.new
      accepted, rejected = rows.partition do |row|
        address?(row) && seen.add?(row["email"])
      end
      accepted.each { |row| @members.upsert(row) }
      Result.new(accepted, rejected)
    end

    private

    def address?(row)
      row["email"].include?("@")
    end
  end
end
