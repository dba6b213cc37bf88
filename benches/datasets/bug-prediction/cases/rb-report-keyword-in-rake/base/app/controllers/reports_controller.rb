# frozen_string_literal: true

class ReportsController < ApplicationController
  def resend
    site = current_account.sites.find(params[:site_id])
    count = ReportMailerService.new.deliver(site, Date.parse(params.require(:week)))
    redirect_to site_path(site), notice: "Sent to #{count} managers"
  rescue Date::Error
    redirect_to site_path(site), alert: "Which week?"
  end
end
