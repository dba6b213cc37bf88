class Purchase
  def initialize(member, cents)
    @member = member
    @cents = cents
  end

  def book
    @member.with_lock do
      points = DailyLimit.new(@member).grant(@cents / 100)
      @member.entries.create!(points: points, booked_at: Time.current) if points.positive?
      points
    end
  end
end
