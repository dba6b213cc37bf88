(parameter_list
  (parameter_declaration
    type: (_) @type
    declarator: (reference_declarator (identifier) @name)) @parameter)
(parameter_list
  (parameter_declaration
    type: (_) @type
    declarator: (abstract_reference_declarator) @name) @parameter)
(parameter_list
  (optional_parameter_declaration
    type: (_) @type
    declarator: [
      (identifier) @name
      (pointer_declarator (identifier) @name)
      (reference_declarator (identifier) @name)
    ]
    default_value: (_) @default) @parameter)
(parameter_list
  (optional_parameter_declaration
    !declarator
    type: (_) @type @name
    default_value: (_) @default) @parameter)
(parameter_list
  (variadic_parameter_declaration declarator: (_) @name) @parameter @variadic)
(parameter_list "..." @parameter @name @variadic)
