# frozen_string_literal: true

require "date"
require_relative "invoice"

module Billing
  # The monthly statement that each customer gets by mail.
  class Statement
    def initialize(customer, invoices, today: Date.today)
      @customer = customer
      @invoices = invoices
      @today = today
    end

    def lines
      open_invoices.map { |invoice| line(invoice) }
    end

    def total_cents
      open_invoices.sum(&:cents)
    end

    def to_s
      head = "Statement for #{@customer}, #{@today.strftime('%d.%m.%Y')}"
      [head, *lines, format("Total %.2f", total_cents / 100.0)].join("\n")
    end

    private

    def open_invoices
      @invoices.select(&:open?).sort_by(&:number)
    end

    def line(invoice)
      due = invoice.due_on ? invoice.due_on.strftime("%d.%m.%Y") : "on request"
      format("%-12s %10.2f  due %s", invoice.number, invoice.cents / 100.0, due)
    end
  end
end
