# No member collects more than LIMIT points on one day, counted from midnight to midnight
# where the member lives.
class DailyLimit
  LIMIT = 500

  def initialize(member)
    @member = member
  end

  # How many of the wanted points the member may still have today.
  def grant(wanted)
    [wanted, left].min.clamp(0, LIMIT)
  end

  # What the app shows below the balance.
  def left
    (LIMIT - today).clamp(0, LIMIT)
  end

  private

  def today
    by_day.fetch(Time.zone.today, 0)
  end

  def by_day
    @member.entries.recent.group("date(booked_at)").sum(:points)
  end
end
