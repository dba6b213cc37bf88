# Takes seats of a slot for a guest, or raises if there are not enough left.
class BookSlot
  class Full < StandardError; end

  def initialize(slot_id, guest)
    @slot_id = slot_id
    @guest = guest
  end

  def call(seats)
    Booking.transaction do
      slot = Slot.lock.find(@slot_id)
      raise Full, "#{slot.free} seats left" if slot.free < seats

      booking = Booking.create!(slot: slot, guest: @guest, seats: seats)
      ConfirmationJob.perform_later(booking.id)
      slot.update!(free: slot.free - seats)
      Ledger.charge!(@guest, slot.price * seats, booking: booking)
      booking
    end
  end
end
