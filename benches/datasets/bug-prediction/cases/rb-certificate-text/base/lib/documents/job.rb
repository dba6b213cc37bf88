require_relative "certificate"

module Documents
  # Renders the certificates of a course after its last day.
  class Job
    def initialize(enrolments, storage)
      @enrolments = enrolments
      @storage = storage
    end

    def perform(course_id)
      @enrolments.finished(course_id).each do |enrolment|
        @storage.write("certificates/#{enrolment.id}.pdf", Certificate.new(enrolment).render)
      end
    end
  end
end
