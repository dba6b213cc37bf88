(function_signature) @scope.function
(method_signature) @scope.function
(abstract_method_signature) @scope.function
(function_type) @scope.function

(required_parameter pattern: (identifier) @local)
(optional_parameter pattern: (identifier) @local)
(required_parameter pattern: (rest_pattern (identifier) @local))
(required_parameter pattern: (array_pattern (identifier) @local))
(required_parameter
  pattern: (object_pattern (shorthand_property_identifier_pattern) @local))
(required_parameter
  pattern: (object_pattern
    (object_assignment_pattern left: (shorthand_property_identifier_pattern) @local)))
(required_parameter pattern: (object_pattern (pair_pattern value: (identifier) @local)))
(function_declaration
  type_parameters: (type_parameters (type_parameter name: (type_identifier) @local)))
(method_definition
  type_parameters: (type_parameters (type_parameter name: (type_identifier) @local)))
