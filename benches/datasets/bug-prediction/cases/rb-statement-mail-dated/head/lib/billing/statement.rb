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

    def overdue_cents
      open_invoices.select { |invoice| invoice.overdue?(@today) }.sum(&:cents)
    end

    def to_s
      head = "Statement for #{@customer}, #{@today.strftime('%d.%m.%Y')}"
      [head, *lines, format("Total %.2f, overdue %.2f", total_cents / 100.0, overdue_cents / 100.0)].join("\n")
    end

    private

    def open_invoices
      @invoices.select(&:open?).sort_by(&:number)
    end

    def line(invoice)
      amount = format("%-12s %10.2f", invoice.number, invoice.cents / 100.0)
      return "#{amount}  on request" if invoice.due_on.nil?

      text = "#{amount}  due #{due(invoice)}"
      days = invoice.overdue?(@today) ? (@today - invoice.due_on).to_i : 0
      days.positive? ? "#{text} (#{days} days late)" : text
    end

    def due(invoice)
      invoice.due_on.strftime("%d.%m.%Y")
    end
  end
end
