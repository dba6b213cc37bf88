# frozen_string_literal: true

module Billing
  # An invoice; drafts and invoices "on request" carry no due date.
  class Invoice
    attr_reader :number, :customer, :cents, :due_on, :paid_on

    def initialize(number:, customer:, cents:, due_on: nil, paid_on: nil)
      @number = number
      @customer = customer
      @cents = cents
      @due_on = due_on
      @paid_on = paid_on
    end

    def open?
      paid_on.nil?
    end

    def overdue?(today)
      open? && !due_on.nil? && due_on < today
    end
  end
end
