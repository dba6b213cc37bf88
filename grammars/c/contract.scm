; What a function promises its callers.
(function_definition type: (_) @returns)
(declaration type: (_) @returns declarator: (function_declarator))
(return_statement (null)) @nothing
((storage_class_specifier) @visibility
  (#eq? @visibility "static"))
