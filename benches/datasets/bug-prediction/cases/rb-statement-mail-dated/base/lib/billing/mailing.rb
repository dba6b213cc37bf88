# frozen_string_literal: true

require_relative "statement"

module Billing
  # Sends statements to all customers with open invoices.
  class Mailing
    def initialize(repository, mailer)
      @repository = repository
      @mailer = mailer
    end

    def run(today)
      @repository.by_customer.each do |customer, invoices|
        next if invoices.none?(&:open?)

        statement = Statement.new(customer, invoices, today: today)
        @mailer.deliver(customer, statement.to_s)
      end
    end
  end
end
