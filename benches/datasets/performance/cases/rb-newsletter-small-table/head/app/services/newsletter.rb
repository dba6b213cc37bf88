# frozen_string_literal: true

# Queues an issue of the newsletter for everybody who confirmed.
class Newsletter
  def initialize(issue)
    @issue = issue
  end

  # Returns how many messages were queued.
  def send_out
    count = 0
    readers.find_each do |subscriber|
      next if @issue.for_partners? && !subscriber.partner?

      NewsletterMailer.with(issue: @issue, to: subscriber.email).issue.deliver_later
      count += 1
    end
    count
  end

  private

  # Issues for partners go to them alone, regional ones to all regional languages.
  def readers
    return Subscriber.confirmed if @issue.for_partners?

    regional = Language.all.to_a.select { |language| language.regional? }.map(&:id)
    Subscriber.confirmed.where(language_id: @issue.regional? ? regional : @issue.language_id)
  end
end
