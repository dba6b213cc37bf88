# frozen_string_literal: true

namespace :newsletter do
  desc "Sends the issue of the day"
  task send: :environment do
    issue = Issue.find_by(day: Date.current)
    abort "no issue for today" if issue.nil?

    puts "#{Newsletter.new(issue).send_out} messages queued"
  end
end
