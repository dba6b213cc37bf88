(method_parameters) @list
(method_parameters (identifier) @parameter @name)
(method_parameters (destructured_parameter) @parameter @name)
(method_parameters (optional_parameter name: (_) @name value: (_) @default) @parameter)
(method_parameters (splat_parameter name: (_) @name) @parameter @variadic)
(method_parameters (hash_splat_parameter name: (_) @name) @parameter @variadic)
(method_parameters (keyword_parameter name: (_) @name) @parameter @keyword_only)
(method_parameters
  (keyword_parameter name: (_) @name value: (_) @default) @parameter @keyword_only)
; A block is never demanded by the call's shape, nor do callers write its name. (A
; node takes three captures at most.)
(method_parameters
  (block_parameter name: (_) @name @positional_only) @parameter @default @keyword_only)
