require "yaml"

module Loyalty
  Tier = Struct.new(:name, :from, :bonus, :color, keyword_init: true)

  # The tiers of the programme, ordered by the points they need.
  class Tiers
    def self.load(path)
      rows = YAML.safe_load(File.read(path)).fetch("tiers")
      new(rows.map { |row| Tier.new(**row.transform_keys(&:to_sym)) })
    end

    attr_reader :list

    def initialize(list)
      # Tiers that need the same points are one step: the first named wins.
      @list = list.uniq(&:from).sort_by(&:from)
    end

    def current(points)
      list.reverse.find { |tier| tier.from <= points }
    end

    def after(tier)
      list[list.index(tier) + 1]
    end
  end
end
