# frozen_string_literal: true

namespace :reports do
  desc "Weekly figures to all managers; cron runs it on Mondays at five"
  task weekly: :environment do
    service = ReportMailerService.new
    Site.active.find_each do |site|
      count = service.deliver(site, Date.current.last_week)
      Rails.logger.info("reports:weekly #{site.id}: #{count}")
    end
  end
end
