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
      usable, rejected = Reader.new(@text).rows.partition { |row| address?(row) }
      accepted = usable.map { |row| Normalizer.call(row) }
      accepted.uniq! { |row| row["email"] }
      accepted.each { |row| @members.upsert(row) }
      Result.new(accepted, rejected)
    end

    private

    def address?(row)
      row["email"].to_s.include?("@")
    end
  end
end
