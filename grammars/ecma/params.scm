(formal_parameters) @list
(arrow_function parameter: (identifier) @list @parameter @name)
