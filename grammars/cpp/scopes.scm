(lambda_expression) @scope.function
(for_range_loop) @scope
(if_statement) @scope
(while_statement) @scope
(catch_clause) @scope
(template_declaration) @scope
(field_declaration declarator: (function_declarator)) @scope.function

(parameter_declaration declarator: (reference_declarator (identifier) @local))
(optional_parameter_declaration
  declarator: [
    (identifier) @local
    (pointer_declarator (identifier) @local)
    (reference_declarator (identifier) @local)
  ])
(variadic_parameter_declaration declarator: (_ (identifier) @local))
(type_parameter_declaration (type_identifier) @local)
(optional_type_parameter_declaration name: (type_identifier) @local)
(declaration
  declarator: [
    (reference_declarator (identifier) @local.after)
    (init_declarator declarator: (reference_declarator (identifier) @local.after))
    (structured_binding_declarator (identifier) @local.after)
    (init_declarator declarator: (structured_binding_declarator (identifier) @local.after))
    (init_declarator
      declarator: (reference_declarator (structured_binding_declarator (identifier) @local.after)))
  ])
(for_range_loop
  declarator: [
    (identifier) @local
    (pointer_declarator (identifier) @local)
    (reference_declarator (identifier) @local)
    (structured_binding_declarator (identifier) @local)
    (reference_declarator (structured_binding_declarator (identifier) @local))
  ])
(lambda_capture_initializer left: (identifier) @local)
