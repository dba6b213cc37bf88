# frozen_string_literal: true

# Sends the weekly figures of a site to its managers.
class ReportMailerService
  def initialize(mailer: ReportMailer)
    @mailer = mailer
  end

  # Figures in a currency (ISO code). Returns how many messages were queued.
  def deliver(site, week:, currency:)
    figures = SiteFigures.for(site, week).in(currency)
    site.managers.each do |manager|
      @mailer.with(to: manager.email, figures: figures).weekly.deliver_later
    end
    site.managers.size
  end
end
