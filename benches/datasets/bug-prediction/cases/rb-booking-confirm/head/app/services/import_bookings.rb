# Takes over bookings from the old system. Their guests have long been told.
class ImportBookings
  def initialize(rows)
    @rows = rows
  end

  def call
    @rows.each do |row|
      slot = Slot.find_by!(legacy_id: row.fetch("slot"))
      guest = Guest.find_or_create_by!(email: row.fetch("email"))
      Booking.create!(slot: slot, guest: guest, seats: row.fetch("seats").to_i)
    end
  end
end
