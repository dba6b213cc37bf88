require_relative "tiers"

module Loyalty
  # What the app shows on the member card.
  class Card
    def initialize(member, tiers)
      @member = member
      @tiers = tiers
    end

    def to_h
      tier = @tiers.current(@member.points)
      {
        number: @member.number,
        tier: tier.name,
        bonus: tier.bonus,
        steps: steps
      }
    end

    private

    # One entry for each step between two tiers, with how much of it is done.
    def steps
      @tiers.list.each_cons(2).map do |lower, upper|
        { name: upper.name, percent: percent(lower, upper) }
      end
    end

    def percent(lower, upper)
      done = @member.points - lower.from
      (done * 100 / (upper.from - lower.from)).clamp(0, 100)
    end
  end
end
