module Documents
  # Prepares text for the page.
  module Text
    module_function

    # Composed letters, no stray bytes, no line breaks.
    def clean(text)
      text.scrub("?").unicode_normalize(:nfc).gsub(/\s+/, " ").strip
    end

    def ellipsis(text, limit)
      text.length <= limit ? text : "#{text[0, limit - 1]}…"
    end
  end
end
