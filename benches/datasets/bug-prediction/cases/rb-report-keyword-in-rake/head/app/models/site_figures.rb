# frozen_string_literal: true

# Figures of one site and one week.
class SiteFigures
  attr_reader :site, :week, :visits, :sales

  def self.for(site, week)
    days = week.beginning_of_week..week.end_of_week
    new(site, week, site.visits.where(day: days).sum(:count), site.sales.where(day: days).sum(:cents))
  end

  def initialize(site, week, visits, sales)
    @site = site
    @week = week
    @visits = visits
    @sales = sales
  end

  # The same figures, sales converted at the rate of the week's last day.
  def in(currency)
    return self if currency == site.currency

    rate = ExchangeRate.on(week.end_of_week, from: site.currency, to: currency)
    self.class.new(site, week, visits, (sales * rate).round)
  end

  def sales_per_visit
    visits.zero? ? 0 : sales / visits
  end
end
