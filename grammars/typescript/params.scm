(formal_parameters
  (required_parameter
    pattern: [(identifier) (object_pattern) (array_pattern) (this)] @name
    type: (type_annotation)? @type
    !value) @parameter)
(formal_parameters
  (required_parameter
    pattern: [(identifier) (object_pattern) (array_pattern)] @name
    type: (type_annotation)? @type
    value: (_) @default) @parameter)
(formal_parameters
  (required_parameter
    pattern: (rest_pattern (_) @name) @variadic
    type: (type_annotation)? @type) @parameter)
(formal_parameters
  (optional_parameter
    pattern: (_) @name
    type: (type_annotation)? @type) @parameter @default)
