; What a function promises its callers.
(function_declaration (function_value_parameters) [(user_type) (nullable_type)] @returns)
((function_modifier) @async
  (#eq? @async "suspend"))
(visibility_modifier) @visibility
(throw_expression (call_expression (identifier) @raises))
; A `return` in a lambda leaves the function around it, and most lambdas run at once.
(anonymous_function) @closure
