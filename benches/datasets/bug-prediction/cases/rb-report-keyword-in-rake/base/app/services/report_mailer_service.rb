# frozen_string_literal: true

# Sends the weekly figures of a site to its managers.
class ReportMailerService
  def initialize(mailer: ReportMailer)
    @mailer = mailer
  end

  # Returns how many messages were queued.
  def deliver(site, week)
    figures = SiteFigures.for(site, week)
    site.managers.each do |manager|
      @mailer.with(to: manager.email, figures: figures).weekly.deliver_later
    end
    site.managers.size
  end
end
