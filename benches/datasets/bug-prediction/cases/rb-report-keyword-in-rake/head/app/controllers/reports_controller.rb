# frozen_string_literal: true

class ReportsController < ApplicationController
  def resend
    site = current_account.sites.find(params[:site_id])
    count = ReportMailerService.new.deliver(
      site, week: Date.parse(params.require(:week)), currency: params.fetch(:currency, site.currency)
    )
    redirect_to site_path(site), notice: "Sent to #{count} managers"
  rescue Date::Error
    redirect_to site_path(site), alert: "Which week?"
  end
end
