(function_definition parameters: (parameters) @list)

(parameters (identifier) @parameter @name)
(parameters (typed_parameter . (identifier) @name type: (type) @type) @parameter)
(parameters
  (typed_parameter
    . (list_splat_pattern (identifier) @name) @variadic
    type: (type) @type) @parameter)
(parameters
  (typed_parameter
    . (dictionary_splat_pattern (identifier) @name) @variadic
    type: (type) @type) @parameter)
(parameters (default_parameter name: (_) @name value: (_) @default) @parameter)
(parameters
  (typed_default_parameter
    name: (identifier) @name
    type: (type) @type
    value: (_) @default) @parameter)
(parameters (list_splat_pattern (identifier) @name) @parameter @variadic)
(parameters (dictionary_splat_pattern (identifier) @name) @parameter @variadic)

; Behind `*` or `*args` only names count.
(parameters (keyword_separator) @after.keyword_only)
(parameters (list_splat_pattern) @after.keyword_only)
(parameters (typed_parameter . (list_splat_pattern)) @after.keyword_only)

; Before `/` names do not count.
(parameters (positional_separator) @before.positional_only)
