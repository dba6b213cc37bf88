(parameters) @list
(parameters (parameter name: (identifier) @name type: (_) @type) @parameter)
(parameters (parameter name: (identifier) @name default_value: (_) @default) @parameter)
(parameters
  (parameter name: (identifier) @name type: (repeated_parameter_type)) @parameter @variadic)
