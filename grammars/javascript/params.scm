(formal_parameters [(identifier) (object_pattern) (array_pattern)] @parameter @name)
(formal_parameters (assignment_pattern left: (_) @name right: (_) @default) @parameter)
(formal_parameters (rest_pattern (_) @name) @parameter @variadic)
