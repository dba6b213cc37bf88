require "prawn"
require_relative "text"

module Documents
  # One page that says who took part in which course.
  class Certificate
    FONT = "Helvetica"

    def initialize(enrolment)
      @enrolment = enrolment
    end

    def render
      pdf = Prawn::Document.new(page_size: "A4", page_layout: :landscape)
      pdf.font(FONT)
      pdf.move_down 120
      pdf.text Text.printable(@enrolment.participant_name), size: 32, align: :center
      pdf.move_down 24
      pdf.text "has taken part in", align: :center
      pdf.text Text.ellipsis(@enrolment.course_title, 60), size: 20, align: :center
      pdf.move_down 60
      pdf.text @enrolment.finished_on.strftime("%-d %B %Y"), align: :center
      pdf.render
    end
  end
end
