# frozen_string_literal: true

require_relative "../texts"

# Sends the receipt of a till. Tills of the first generation do not say their language.
class ReceiptJob
  include Sidekiq::Job

  sidekiq_options queue: "mail", retry: 5

  # payload: "till", "email", "cents", and since 2025 "locale"
  def perform(payload)
    locale = payload["locale"]
    texts = Texts.for(locale)
    subject = format(texts[:subject], payload.fetch("till"))
    body = format(texts[:body], Texts.amount(payload.fetch("cents"), locale))
    Mailer.deliver(to: payload.fetch("email"), subject: subject, body: body)
  end
end
