# frozen_string_literal: true

require_relative "../texts"

# Sends the receipt of a till. Tills of the first generation do not say their language.
class ReceiptJob
  include Sidekiq::Job

  sidekiq_options queue: "mail", retry: 5

  # payload: "till", "email", "cents", and since 2025 "locale"
  def perform(payload)
    texts = Texts.for(payload["locale"] || "en")
    subject = format(texts[:subject], payload.fetch("till"))
    body = format(texts[:body], payload.fetch("cents") / 100.0)
    Mailer.deliver(to: payload.fetch("email"), subject: subject, body: body)
  end
end
