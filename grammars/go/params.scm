(parameter_list) @list
(parameter_list (parameter_declaration name: (identifier) @name type: (_) @type) @parameter)
(parameter_list
  (variadic_parameter_declaration name: (identifier) @name type: (_) @type) @parameter @variadic)
; Without names a type stands for each parameter.
(parameter_list (parameter_declaration !name type: (_) @name @type) @parameter)
