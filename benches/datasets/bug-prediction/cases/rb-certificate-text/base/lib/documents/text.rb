module Documents
  # Prepares text for the page.
  module Text
    module_function

    # The built-in fonts know Windows-1252 only: other letters become "?".
    def printable(text)
      text.encode("Windows-1252", invalid: :replace, undef: :replace, replace: "?").encode("UTF-8")
    end

    def ellipsis(text, limit)
      text.length <= limit ? text : "#{text[0, limit - 1]}…"
    end
  end
end
