# frozen_string_literal: true

# Texts of receipts by language.
module Texts
  ALL = {
    "en" => { subject: "Your receipt from till %s", body: "You paid %.2f" },
    "de" => { subject: "Ihr Beleg von Kasse %s", body: "Sie haben %.2f bezahlt" },
    "cs" => { subject: "Doklad z pokladny %s", body: "Zaplaceno %.2f" }
  }.freeze

  # English where there is nothing in the language.
  def self.for(locale)
    ALL.fetch(locale, ALL["en"])
  end
end
