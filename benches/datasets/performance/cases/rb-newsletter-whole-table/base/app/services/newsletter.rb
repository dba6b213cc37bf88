# frozen_string_literal: true

# Queues an issue of the newsletter for everybody who confirmed.
class Newsletter
  def initialize(issue)
    @issue = issue
  end

  # Returns how many messages were queued.
  def send_out
    count = 0
    Subscriber.confirmed.find_each do |subscriber|
      NewsletterMailer.with(issue: @issue, to: subscriber.email).issue.deliver_later
      count += 1
    end
    count
  end
end
