module Import
  # Brings a row into the form that the members table has.
  module Normalizer
    GROUPS = { "u18" => "youth", "youth" => "youth", "adult" => "adults" }.freeze

    def self.call(row)
      row.merge(
        "name" => squish(row["name"].to_s),
        "email" => row["email"].strip.downcase,
        "group" => GROUPS.fetch(row["group"].to_s.strip.downcase, "adults")
      )
    end

    def self.squish(text)
      text.strip.gsub(/\s+/, " ")
    end
  end
end
