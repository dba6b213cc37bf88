(function_definition) @scope.function
; The names of a declaration's parameters reach no further.
(declaration declarator: (function_declarator)) @scope.function
(compound_statement) @scope
(for_statement) @scope
(preproc_function_def) @scope.function

(parameter_declaration
  declarator: [
    (identifier) @local
    (pointer_declarator (identifier) @local)
    (pointer_declarator (pointer_declarator (identifier) @local))
    (array_declarator declarator: (identifier) @local)
    (function_declarator
      declarator: (parenthesized_declarator (pointer_declarator (identifier) @local)))
  ])
(preproc_params (identifier) @local)
(declaration
  declarator: [
    (identifier) @local.after
    (pointer_declarator (identifier) @local.after)
    (array_declarator declarator: (identifier) @local.after)
    (init_declarator declarator: (identifier) @local.after)
    (init_declarator declarator: (pointer_declarator (identifier) @local.after))
    (init_declarator declarator: (array_declarator declarator: (identifier) @local.after))
    (function_declarator
      declarator: (parenthesized_declarator (pointer_declarator (identifier) @local.after)))
    (init_declarator
      declarator: (function_declarator
        declarator: (parenthesized_declarator (pointer_declarator (identifier) @local.after))))
  ])
