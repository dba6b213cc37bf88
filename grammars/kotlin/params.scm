(function_value_parameters) @list
(function_value_parameters
  (parameter . (identifier) @name . ":" . (_) @type) @parameter)
(function_value_parameters
  (parameter . (identifier) @name) @parameter . "=" @default)
((function_value_parameters
  (parameter_modifiers (parameter_modifier) @modifier)
  . (parameter . (identifier) @name) @parameter @variadic)
  (#eq? @modifier "vararg"))
