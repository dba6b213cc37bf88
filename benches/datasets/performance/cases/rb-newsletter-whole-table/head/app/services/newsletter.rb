# frozen_string_literal: true

# Queues an issue of the newsletter for everybody who confirmed.
class Newsletter
  def initialize(issue)
    @issue = issue
  end

  # Returns how many messages were queued.
  def send_out
    readers = Subscriber.confirmed.to_a.select { |subscriber| reads?(subscriber) }
    readers.each do |subscriber|
      NewsletterMailer.with(issue: @issue, to: subscriber.email).issue.deliver_later
    end
    readers.size
  end

  private

  # Issues for partners go to them alone, all others to everyone of the issue's language.
  def reads?(subscriber)
    return subscriber.partner? if @issue.for_partners?

    subscriber.language_id == @issue.language_id
  end
end
