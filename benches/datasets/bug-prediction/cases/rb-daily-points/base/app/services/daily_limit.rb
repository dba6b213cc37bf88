# No member collects more than LIMIT points on one day, counted from midnight to midnight
# where the member lives.
class DailyLimit
  LIMIT = 500

  def initialize(member)
    @member = member
  end

  # How many of the wanted points the member may still have today.
  def grant(wanted)
    [wanted, LIMIT - today].min.clamp(0, LIMIT)
  end

  private

  def today
    by_day.fetch(Time.zone.today, 0)
  end

  def by_day
    entries = @member.entries.recent.to_a
    entries.group_by { |entry| entry.booked_at.to_date }
           .transform_values { |list| list.sum(&:points) }
  end
end
