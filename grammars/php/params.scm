(formal_parameters) @list
(formal_parameters (simple_parameter name: (variable_name (name) @name)) @parameter)
(formal_parameters
  (simple_parameter type: (_) @type name: (variable_name (name) @name)) @parameter)
(formal_parameters
  (simple_parameter
    name: (variable_name (name) @name)
    default_value: (_) @default) @parameter)
(formal_parameters
  (property_promotion_parameter name: (variable_name (name) @name)) @parameter)
(formal_parameters
  (property_promotion_parameter
    type: (_) @type
    name: (variable_name (name) @name)) @parameter)
(formal_parameters
  (property_promotion_parameter
    name: (variable_name (name) @name)
    default_value: (_) @default) @parameter)
(formal_parameters
  (variadic_parameter name: (variable_name (name) @name)) @parameter @variadic)
