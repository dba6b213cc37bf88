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

  def sales_per_visit
    visits.zero? ? 0 : sales / visits
  end
end
