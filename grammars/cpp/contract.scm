; What a function promises its callers.
(function_definition type: (_) @returns)
(declaration type: (_) @returns declarator: (function_declarator))
(field_declaration type: (_) @returns declarator: (function_declarator))
(throw_statement (call_expression function: [(identifier) (qualified_identifier)] @raises))
(return_statement (null)) @nothing
((storage_class_specifier) @visibility
  (#eq? @visibility "static"))
(lambda_expression) @closure
