; What a function promises its callers.
(function_definition return_type: (_) @returns)
(method_declaration return_type: (_) @returns)
(throw_expression (object_creation_expression [(name) (qualified_name)] @raises))
(return_statement (null)) @nothing
(visibility_modifier) @visibility
[(anonymous_function) (arrow_function)] @closure
