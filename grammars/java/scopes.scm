(method_declaration) @scope.function
(constructor_declaration) @scope.function
(compact_constructor_declaration) @scope.function
(lambda_expression) @scope.function
(block) @scope
(for_statement) @scope
(enhanced_for_statement) @scope
(try_with_resources_statement) @scope
(catch_clause) @scope
(class_body) @scope.none

(formal_parameter name: (identifier) @local)
(spread_parameter (variable_declarator name: (identifier) @local))
(lambda_expression parameters: (identifier) @local)
(inferred_parameters (identifier) @local)
(local_variable_declaration (variable_declarator name: (identifier) @local))
(enhanced_for_statement name: (identifier) @local)
(catch_formal_parameter name: (identifier) @local)
(resource name: (identifier) @local)
(instanceof_expression name: (identifier) @local)
(type_pattern (identifier) @local)
(method_declaration
  type_parameters: (type_parameters (type_parameter (type_identifier) @local)))

; Names of an annotation's arguments, packages and labels are no uses.
(element_value_pair key: (identifier) @label)
(package_declaration (identifier) @label)
(package_declaration (scoped_identifier (identifier) @label))
(labeled_statement . (identifier) @label)
