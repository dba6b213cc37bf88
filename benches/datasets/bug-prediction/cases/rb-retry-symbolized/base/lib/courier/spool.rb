# frozen_string_literal: true

require "net/smtp"

module Courier
  # Messages as files of a folder, oldest first.
  class Spool
    def self.smtp
      ->(text) { Net::SMTP.start("localhost", 25) { |smtp| smtp.send_message(text, "courier@courier.example", text[/^To: (.+)$/, 1]) } }
    end

    def initialize(folder)
      @folder = folder
    end

    def shift(count)
      Dir.children(@folder).sort.first(count).map do |name|
        path = File.join(@folder, name)
        File.read(path).tap { File.delete(path) }
      end
    end
  end
end
