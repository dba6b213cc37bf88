# frozen_string_literal: true

# Orders that wait for their money.
class Orders
  def initialize
    @states = Hash.new(:open)
    @lock = Mutex.new
  end

  def settle(number, amount)
    @lock.synchronize { @states[number] = amount.positive? ? :paid : :open }
  end

  def fail(number)
    @lock.synchronize { @states[number] = :failed }
  end

  def state(number)
    @lock.synchronize { @states[number] }
  end
end
