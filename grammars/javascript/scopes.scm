(formal_parameters (identifier) @local)
(formal_parameters (assignment_pattern left: (identifier) @local))
(formal_parameters (rest_pattern (identifier) @local))
(formal_parameters (array_pattern (identifier) @local))
(formal_parameters (object_pattern (shorthand_property_identifier_pattern) @local))
(formal_parameters (object_pattern (pair_pattern value: (identifier) @local)))
(formal_parameters
  (object_pattern
    (object_assignment_pattern left: (shorthand_property_identifier_pattern) @local)))
(formal_parameters
  (assignment_pattern
    left: (object_pattern (shorthand_property_identifier_pattern) @local)))
