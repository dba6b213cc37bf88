(function_declaration) @scope.function
(generator_function_declaration) @scope.function
(function_expression) @scope.function
(generator_function) @scope.function
(arrow_function) @scope.function
(method_definition) @scope.function
(class_body) @scope.none
(statement_block) @scope
(for_statement) @scope
(for_in_statement) @scope
(switch_body) @scope
(catch_clause) @scope

; A function's own name is its definition; the name of an expression is its own.
(function_expression name: (identifier) @local)
(arrow_function parameter: (identifier) @local)
(catch_clause parameter: (identifier) @local)
(for_in_statement left: (identifier) @local)
(lexical_declaration (variable_declarator name: (identifier) @local))
(variable_declaration (variable_declarator name: (identifier) @local.function))
; Destructuring, wherever it stands.
(lexical_declaration
  (variable_declarator
    name: (object_pattern (shorthand_property_identifier_pattern) @local)))
(lexical_declaration
  (variable_declarator
    name: (object_pattern
      (object_assignment_pattern left: (shorthand_property_identifier_pattern) @local))))
(lexical_declaration
  (variable_declarator
    name: (object_pattern (pair_pattern value: (identifier) @local))))
(lexical_declaration
  (variable_declarator
    name: (object_pattern (rest_pattern (identifier) @local))))
(lexical_declaration
  (variable_declarator
    name: (array_pattern (identifier) @local)))
(variable_declaration
  (variable_declarator
    name: (object_pattern (shorthand_property_identifier_pattern) @local.function)))
(for_in_statement left: (array_pattern (identifier) @local))
(for_in_statement left: (object_pattern (shorthand_property_identifier_pattern) @local))
