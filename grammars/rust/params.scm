(parameters) @list
(parameters (parameter pattern: (_) @name type: (_) @type) @parameter)
(parameters (variadic_parameter) @parameter @name @variadic)
