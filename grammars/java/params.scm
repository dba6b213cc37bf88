(formal_parameters) @list
(formal_parameters (formal_parameter type: (_) @type name: (_) @name) @parameter)
(formal_parameters
  (spread_parameter (variable_declarator name: (_) @name)) @parameter @variadic)
