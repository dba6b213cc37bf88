(function_declaration) @scope.function
(secondary_constructor) @scope.function
(anonymous_function) @scope.function
(lambda_literal) @scope.function
(getter) @scope.function
(setter) @scope.function
(block) @scope
(for_statement) @scope
(catch_block) @scope
(when_expression) @scope
(class_declaration) @scope.none

(function_value_parameters (parameter (identifier) @local))
(lambda_parameters (variable_declaration (identifier) @local))
(lambda_parameters (multi_variable_declaration (variable_declaration (identifier) @local)))
(for_statement (variable_declaration (identifier) @local))
(for_statement (multi_variable_declaration (variable_declaration (identifier) @local)))
(when_subject (variable_declaration (identifier) @local))
(catch_block . (identifier) @local)
(block
  (property_declaration (variable_declaration . (identifier) @local.after)) @declaration)
(block
  (property_declaration
    (multi_variable_declaration (variable_declaration . (identifier) @local.after))) @declaration)
(lambda_literal
  (property_declaration (variable_declaration . (identifier) @local.after)) @declaration)
(lambda_literal
  (property_declaration
    (multi_variable_declaration (variable_declaration . (identifier) @local.after))) @declaration)

; Names of arguments, of packages and words that read like names are no uses.
(value_argument . (identifier) @label . "=")
(package_header (qualified_identifier (identifier) @label))
((identifier) @label
  (#any-of? @label "null" "true" "false" "it" "field"))
