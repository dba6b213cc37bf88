# frozen_string_literal: true

# Texts of receipts by language.
module Texts
  ALL = {
    "en" => { subject: "Your receipt from till %s", body: "You paid %s" },
    "de" => { subject: "Ihr Beleg von Kasse %s", body: "Sie haben %s bezahlt" },
    "cs" => { subject: "Doklad z pokladny %s", body: "Zaplaceno %s" }
  }.freeze

  DECIMAL_COMMA = %w[de cs].freeze

  # English where there is nothing in the language; the region of a locale does not count.
  def self.for(locale)
    ALL.fetch(language(locale), ALL["en"])
  end

  def self.amount(cents, locale)
    text = format("%.2f", cents / 100.0)
    DECIMAL_COMMA.include?(language(locale)) ? text.tr(".", ",") : text
  end

  def self.language(locale)
    locale.to_s.downcase.split(/[-_]/).first
  end
  private_class_method :language
end
