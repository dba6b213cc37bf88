(parameter_list) @list
(preproc_params) @list
(parameter_list
  (parameter_declaration
    type: (_) @type
    declarator: [
      (identifier) @name
      (pointer_declarator (identifier) @name)
      (pointer_declarator (pointer_declarator (identifier) @name))
      (array_declarator declarator: (identifier) @name)
      (function_declarator
        declarator: (parenthesized_declarator (pointer_declarator (identifier) @name)))
    ]) @parameter)
; Without names a type stands for each parameter, but `(void)` is none.
((parameter_list (parameter_declaration !declarator type: (_) @name @type) @parameter)
  (#not-eq? @type "void"))
(parameter_list
  (parameter_declaration
    type: (_) @type
    declarator: [
      (abstract_pointer_declarator)
      (abstract_array_declarator)
      (abstract_function_declarator)
    ] @name) @parameter)
; `...` is a node of its own in C only.
((parameter_list (_) @parameter @name @variadic)
  (#eq? @name "..."))
(preproc_params (identifier) @parameter @name)
(preproc_params "..." @parameter @name @variadic)
